import assert from "node:assert/strict";
import { parseBcdedit, parseBcdeditList } from "../../../src/tools/bcdedit/mod.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf } from "../outcome.ts";

const failure = (text: string, exit = 1) => {
  const answer = parseBcdedit(outcomeOf(text, exit));
  return answer.kind === "failed" ? answer.error.kind : answer.kind;
};

Deno.test("parseBcdedit() believes exit code 0 in any language, if something was said", () => {
  assert.equal(failure("The operation completed successfully.\r\n", 0), "done");
  assert.equal(failure("Der Vorgang wurde erfolgreich beendet.\r\n", 0), "done");
  assert.equal(failure("この操作を正しく終了しました。\r\n", 0), "done");
  assert.equal(failure("Op\ufffdration r\ufffdussie.\r\n", 0), "done", "another code page");
  assert.equal(failure("", 0), "not-understood");
  assert.equal(failure("\u0001\u0002\ufffd rubbish", 0), "not-understood");
});

Deno.test("parseBcdedit() explains failures by their sentences", () => {
  const rows = [
    [
      "The boot configuration data store could not be opened.\r\nAccess is denied.",
      "access-denied",
    ],
    [
      "The boot configuration data store could not be opened.\r\nThe media is write protected.",
      "write-protected",
    ],
    [
      "The boot configuration data store could not be opened.\r\n" +
      "The system cannot find the file specified.",
      "store-missing",
    ],
    [
      "The boot configuration data store could not be opened.\r\n" +
      "The configuration registry database is corrupt.",
      "store-damaged",
    ],
    [
      "An error occurred while attempting to reference the specified entry.\r\n" +
      "The system cannot find the file specified.",
      "unknown-entry",
    ],
    [
      "An error occurred while attempting to delete the specified data element.\r\n" +
      "Element not found.",
      "element-not-set",
    ],
    ["The integer data is not valid as specified.\r\nThe parameter is incorrect.", "bad-value"],
    ["The device is not valid as specified.", "bad-value"],
    ["The set command specified is not valid.\r\nThe parameter is incorrect.", "bad-command"],
    ["Fehler beim Verweisen auf den angegebenen Eintrag.", "other"],
    ["", "other"],
  ] as const;
  for (const [text, kind] of rows) assert.equal(failure(text), kind, text);
});

Deno.test("parseBcdedit() names the exit code of what it cannot explain", () => {
  const answer = parseBcdedit(outcomeOf("Fehler\r\n", -1073741819));
  assert.equal(answer.kind === "failed" && answer.error.meaning, "bcdedit ended with 0xc0000005");
  assert.equal(answer.kind === "failed" && answer.error.tail, "Fehler");
  assert.equal(answer.kind === "failed" && answer.error.exitCode, 0xc0000005);
});

Deno.test("parseBcdedit() reads a sentence that is wrapped over two lines", () => {
  assert.equal(failure(recordedText("bcdedit-19041-en-unknown-element")), "unknown-element");
});

Deno.test("parseBcdeditList() reads the frame of the list in two languages", () => {
  for (const name of ["bcdedit-19041-en-enum", "bcdedit-19041-de-enum"]) {
    const answer = parseBcdeditList(outcomeOf(recordedText(name)));
    assert.deepEqual(answer.kind === "done" && answer.value, [
      "{9dea862c-5cdd-4e70-acc1-f32b344d4795}",
      "{3f6d2a10-1f3a-11ef-9c41-d8bbc1a2e37f}",
    ], name);
  }
});

Deno.test("parseBcdeditList() does not take other texts for a list", () => {
  const kind = (text: string, exit = 0) => parseBcdeditList(outcomeOf(text, exit)).kind;
  assert.equal(kind("The operation completed successfully.\r\n"), "not-understood");
  assert.equal(kind("----\r\n{bootmgr}\r\n"), "not-understood");
  assert.equal(kind(`${"-".repeat(200_000)}\r\n${"a ".repeat(100_000)}`), "not-understood");
  assert.equal(kind(recordedText("bcdedit-19041-en-enum"), 1), "failed");
});
