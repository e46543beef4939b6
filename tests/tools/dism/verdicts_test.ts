import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DismAnswer,
  parseCompletion,
  parseHealth,
  parseRestoreHealth,
  parseRevert,
} from "../../../src/tools/dism/mod.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf } from "../outcome.ts";

const DONE = "The operation completed successfully.\r\n";

function valueOf<T>(answer: DismAnswer<T>): T | string {
  return answer.kind === "done" ? answer.value : answer.kind;
}

const health = (text: string, exit = 0) => valueOf(parseHealth(outcomeOf(text, exit)));

Deno.test("parseHealth() reads the three verdicts, all with exit code 0", () => {
  const cases = [
    ["No component store corruption detected.", "healthy"],
    ["The component store is repairable.", "repairable"],
    ["The component store cannot be repaired.", "not-repairable"],
  ] as const;
  for (const [text, verdict] of cases) {
    assert.deepEqual(health(`${text}\r\n${DONE}`), { verdict });
  }
});

Deno.test("parseHealth() finds a verdict glued to the bar", () => {
  const text = recordedText("dism-19041-en-scanhealth-glued");
  assert.deepEqual(health(text), { verdict: "repairable" });
});

Deno.test("parseHealth() does not understand a localised verdict and shows its end", () => {
  const answer = parseHealth(outcomeOf(recordedText("dism-26100-de-repairable")));
  assert.equal(answer.kind, "not-understood");
  assert.match(answer.kind === "not-understood" ? answer.tail : "", /ist reparierbar/);
});

Deno.test("parseHealth() does not take silence, completion or contradictions for health", () => {
  assert.equal(health(""), "not-understood");
  assert.equal(health(DONE), "not-understood");
  const both = `No component store corruption detected.\r\nThe component store is repairable.\r\n`;
  assert.equal(health(both + DONE), "not-understood");
});

Deno.test("parseHealth() fails with the code, whatever the text says", () => {
  const answer = parseHealth(outcomeOf("No component store corruption detected.", 0x80070bc9));
  assert.equal(answer.kind === "failed" && answer.error.code, 0x80070bc9);
});

Deno.test("parseHealth() never finds health in hostile text", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: "binary" }), (text) => {
      const value = health(text);
      assert.ok(typeof value === "string", "a verdict was found");
    }),
    { seed: 11, numRuns: 200 },
  );
});

Deno.test("parseRestoreHealth() reads restored, healthy and not restored", () => {
  const result = (text: string, exit = 0) => valueOf(parseRestoreHealth(outcomeOf(text, exit)));
  assert.deepEqual(result(`The restore operation completed successfully.\r\n${DONE}`), {
    result: "restored",
    restartRequired: false,
  });
  assert.deepEqual(result(`No component store corruption detected.\r\n${DONE}`), {
    result: "healthy",
    restartRequired: false,
  });
  assert.deepEqual(result("The restore operation completed successfully.", 3010), {
    result: "restored",
    restartRequired: true,
  });
  const failed = "The restore operation failed. Either the repair source was not found or the " +
    "component store cannot be repaired.";
  assert.deepEqual(result(failed), { result: "not-restored", restartRequired: false });
});

Deno.test("parseRestoreHealth() fails with a code and does not understand the rest", () => {
  const failed = parseRestoreHealth(
    outcomeOf(recordedText("dism-26100-ja-source-missing"), 0x800f081f),
  );
  assert.equal(failed.kind === "failed" && failed.error.code, 0x800f081f);
  assert.equal(valueOf(parseRestoreHealth(outcomeOf(DONE))), "not-understood");
});

Deno.test("parseRevert() parts now, later, and not said", () => {
  const result = (text: string, exit = 0) => valueOf(parseRevert(outcomeOf(text, exit)));
  const reverting = "Reverting pending actions from the image...\r\n";
  assert.deepEqual(result(`${reverting}The operation completed.\r\n`), { result: "reverted" });
  const later = `${reverting}The operation completed. Revert of pending actions will be ` +
    `attempted after the reboot.\r\n${DONE}`;
  assert.deepEqual(result(later), { result: "at-next-boot" });
  assert.deepEqual(result("", 3010), { result: "at-next-boot" });
  assert.deepEqual(result(DONE), { result: "accepted" });
  assert.equal(result(reverting), "not-understood");
  assert.equal(result("Error: 0x800f082f\r\n", 0x800f082f), "failed");
});

Deno.test("parseCompletion() wants the sentence or a restart", () => {
  const completion = (text: string, exit = 0) => valueOf(parseCompletion(outcomeOf(text, exit)));
  assert.deepEqual(completion(DONE), { restartRequired: false });
  assert.deepEqual(completion("", 3010), { restartRequired: true });
  assert.equal(completion(""), "not-understood");
  assert.equal(completion("Der Vorgang wurde erfolgreich beendet."), "not-understood");
  assert.equal(completion(DONE, 0x800f0825), "failed");
});
