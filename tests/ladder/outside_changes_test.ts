/** Changes with content from outside, in options that are kept, in plans, and in what was agreed. */
import assert from "node:assert/strict";
import { MedicError, UsageError } from "../../src/base/mod.ts";
import type { Change } from "../../src/journal/mod.ts";
import { refuseUnagreed } from "../../src/ladder/agreement.ts";
import { DEFAULT_OPTIONS, parseOptions } from "../../src/ladder/mod.ts";
import type { StepPlan } from "../../src/repairs/mod.ts";
import { winloadRequest } from "../cli/file_images.ts";

Deno.test("parseOptions() gives back files to restore, and takes options from before them", () => {
  const inside = { ...winloadRequest().origin, inside: "sources\\install.wim" };
  const { version: _, architecture: __, ...plain } = winloadRequest({ override: true });
  const options = {
    ...DEFAULT_OPTIONS,
    restoreFiles: [winloadRequest(), winloadRequest({ origin: inside }), plain],
  };
  assert.deepEqual(parseOptions(JSON.parse(JSON.stringify(options))), options);
  const { restoreFiles: ___, ...old } = DEFAULT_OPTIONS;
  assert.deepEqual(parseOptions(old), DEFAULT_OPTIONS);
});

Deno.test("parseOptions() refuses files to restore of another shape", () => {
  const request = winloadRequest();
  const forged = [
    { ...request, sha256: "abc" },
    { ...request, bytes: -1 },
    { ...request, origin: { kind: "file", place: "E:\\x" } },
    { ...request, origin: { ...request.origin, index: 0 } },
    { ...request, match: { verdict: "unfit", reason: "no" } },
    { ...request, override: "yes" },
    "winload.efi",
  ];
  for (const one of forged) {
    const options = { ...DEFAULT_OPTIONS, restoreFiles: [one] };
    assert.throws(() => parseOptions(options), UsageError, JSON.stringify(one));
  }
});

function planOf(change: Change): StepPlan {
  return { step: "a.b", title: "Do it", risk: "reversible", changes: [change], remarks: [] };
}

Deno.test("content from outside is part of what was agreed; its size is not", () => {
  const { path, origin, bytes, sha256 } = winloadRequest();
  const change: Change = { kind: "file-replaced", path, origin, bytes, sha256 };
  refuseUnagreed(planOf({ ...change, bytes: bytes + 1 }), planOf(change));
  const other: Change = { ...change, sha256: "0".repeat(64) };
  for (const another of [other, { ...change, kind: "file-created" as const }]) {
    assert.throws(
      () => refuseUnagreed(planOf(another), planOf(change)),
      (error) => error instanceof MedicError && error.code === "planMismatch",
    );
  }
});
