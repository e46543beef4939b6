import assert from "node:assert/strict";
import { readHibernation } from "../../src/windows/mod.ts";
import {
  bytesContent,
  fastStartup,
  hiberfilResumed,
  hibernated,
  joinContent,
  zeroContent,
} from "../lab/mod.ts";
import { labWith, targetFiles } from "./rooms.ts";

const PATH = "D:\\hiberfil.sys";

/** A file of that size whose first bytes are the mark. */
async function labWithHeader(mark: string, size = 1 << 20) {
  const lab = await labWith();
  const head = bytesContent(Uint8Array.from(mark, (letter) => letter.charCodeAt(0)));
  lab.files.put(PATH, joinContent(head, zeroContent(Math.max(0, size - mark.length))));
  return lab;
}

async function answer(mark: string, size?: number) {
  const lab = await labWithHeader(mark, size);
  return await readHibernation(targetFiles(lab));
}

Deno.test("readHibernation() says no without the file", async () => {
  const lab = await labWith();
  assert.deepEqual(await readHibernation(targetFiles(lab)), {
    active: false,
    unknown: false,
    detail: "not there",
  });
});

Deno.test("readHibernation() says yes for hibernation and Fast Startup", async () => {
  for (const damage of [hibernated(), fastStartup()]) {
    const lab = await labWith([damage]);
    const state = await readHibernation(targetFiles(lab));
    assert.deepEqual([state.active, state.unknown], [true, false]);
    assert.equal(state.detail, 'header holds "HIBR"');
  }
  assert.equal((await answer("hibr")).active, true);
});

Deno.test("readHibernation() says no where Windows has resumed", async () => {
  for (const damage of [hiberfilResumed(), hiberfilResumed("zero")]) {
    const lab = await labWith([damage]);
    const state = await readHibernation(targetFiles(lab));
    assert.deepEqual([state.active, state.unknown], [false, false], state.detail);
  }
  for (const mark of ["WAKE", "wake", "RSTR", "rstr", "\0\0\0\0"]) {
    assert.deepEqual([(await answer(mark)).active, (await answer(mark)).unknown], [false, false]);
  }
});

Deno.test("readHibernation() does not know what other marks mean", async () => {
  for (const mark of ["link", "brkp", "HIBr", "\xff\xfe\x00\x01", "\0\0\0\x01"]) {
    const state = await answer(mark);
    assert.deepEqual([state.active, state.unknown], [false, true], state.detail);
    assert.match(state.detail, /^header holds ("\w{4}"|a mark that is not known)$/);
  }
});

Deno.test("readHibernation() takes no file that is cut short for harmless", async () => {
  for (const size of [0, 1, 3, 4, 100, 4095]) {
    const state = await answer("\0\0\0\0".slice(0, size), size);
    assert.deepEqual([state.active, state.unknown], [false, true], String(size));
    assert.match(state.detail, new RegExp(`it ends after ${size} bytes`));
  }
  assert.equal((await answer("\0\0\0\0", 4096)).unknown, false);
  assert.equal((await answer("HIBR", 100)).active, true);
});

Deno.test("readHibernation() does not know what it cannot read", async () => {
  for (const fault of ["disk-error", "denied", "busy"] as const) {
    const lab = await labWithHeader("WAKE");
    lab.files.setFault(PATH, { fault });
    const state = await readHibernation(targetFiles(lab));
    assert.deepEqual([state.active, state.unknown], [false, true], fault);
    assert.match(state.detail, /hiberfil\.sys/);
  }
});

Deno.test("readHibernation() takes no folder and no link for the file", async () => {
  const lab = await labWith();
  lab.files.putDirectory(PATH);
  assert.equal((await readHibernation(targetFiles(lab))).unknown, true);
  const other = await labWithHeader("WAKE");
  other.files.markReparse(PATH);
  assert.equal((await readHibernation(targetFiles(other))).unknown, true);
});
