import assert from "node:assert/strict";
import { RefusalError, UsageError } from "../../../src/base/mod.ts";
import {
  bitLockerProtection,
  bitLockerStatus,
  HIDDEN_PASSWORD,
  hideInOutcome,
  hideRecoveryPasswords,
  parseBitLockerChange,
  parseBitLockerProtection,
  parseBitLockerStatus,
  resumeProtectors,
  suspendProtectors,
} from "../../../src/tools/manage_bde/mod.ts";
import { recordedText } from "../../lab/recorded/recorded.ts";
import { outcomeOf } from "../outcome.ts";

const LOCKED = recordedText("managebde-19041-en-locked");
const SUSPENDED = recordedText("managebde-19041-en-suspended");
const GERMAN = recordedText("managebde-19041-de-protected");
const PASSWORD = "110000-220011-330022-440033-550044-660055-116611-127622";

Deno.test("the calls name one volume and no key", () => {
  assert.deepEqual(bitLockerStatus({ volume: "d" }).arguments, ["-status", "D:"]);
  assert.deepEqual(bitLockerProtection({ volume: "D:\\" }).arguments, [
    "-status",
    "D:",
    "-ProtectionAsErrorLevel",
  ]);
  assert.deepEqual(suspendProtectors({ volume: "D:", restarts: 3 }).arguments, [
    "-protectors",
    "-disable",
    "D:",
    "-RebootCount",
    "3",
  ]);
  assert.deepEqual(resumeProtectors({ volume: "D:" }).arguments, ["-protectors", "-enable", "D:"]);
});

Deno.test("only the questions read; the others say what can be done instead", () => {
  const calls = [
    bitLockerStatus({ volume: "D:" }),
    bitLockerProtection({ volume: "D:" }),
    suspendProtectors({ volume: "D:", restarts: 0 }),
    resumeProtectors({ volume: "D:" }),
  ];
  assert.deepEqual(calls.map(({ risk }) => risk), [
    "reads",
    "reads",
    "irreversible",
    "irreversible",
  ]);
  assert.deepEqual(calls.map(({ instead }) => instead !== undefined), [false, false, true, true]);
  assert.match(calls[2]!.purpose, /until it is enabled again/);
});

Deno.test("a volume is a letter, and not that of WinPE", () => {
  for (const volume of ["", "DD:", "D:\\x", "-unlock", "D: -force", "\\\\?\\Volume{1}"]) {
    assert.throws(() => bitLockerStatus({ volume }), UsageError, volume);
  }
  assert.throws(() => bitLockerStatus({ volume: "X:" }), RefusalError);
});

Deno.test("suspendProtectors() counts from 0 to 15", () => {
  const count = (restarts: number) =>
    suspendProtectors({ volume: "D:", restarts }).arguments.at(-1);
  assert.deepEqual([count(0), count(15)], ["0", "15"]);
  for (const bad of [-1, 16, 1.5, NaN]) assert.throws(() => count(bad), UsageError, String(bad));
});

const status = (text: string, exit = 0) => {
  const answer = parseBitLockerStatus(outcomeOf(text, exit));
  return answer.kind === "done" ? answer.value : answer.kind;
};

Deno.test("parseBitLockerStatus() reads a locked volume", () => {
  assert.deepEqual(status(LOCKED), {
    volume: "F:",
    encryptedPercent: undefined,
    protection: "unknown",
    restartsLeft: undefined,
    lock: "locked",
    method: "XTS-AES 128",
  });
});

Deno.test("parseBitLockerStatus() reads a suspended volume and its restarts", () => {
  assert.deepEqual(status(SUSPENDED), {
    volume: "D:",
    encryptedPercent: 100,
    protection: "off",
    restartsLeft: 3,
    lock: "unlocked",
    method: "XTS-AES 128",
  });
});

Deno.test("parseBitLockerStatus() reads German words that were captured", () => {
  assert.deepEqual(status(GERMAN), {
    volume: "C:",
    encryptedPercent: 3.5,
    protection: "on",
    restartsLeft: undefined,
    lock: "unlocked",
    method: "XTS-AES 128",
  });
  const off = GERMAN.replace("ist aktiviert", "ist deaktiviert");
  assert.equal((status(off) as { protection: string }).protection, "off");
});

Deno.test("parseBitLockerStatus() guesses no word that it does not know", () => {
  const odd = SUSPENDED.replace("Protection Off", "Protection Offline").replace("Unlocked", "Odd");
  const value = status(odd);
  assert.ok(typeof value === "object");
  assert.deepEqual([value.protection, value.lock, value.encryptedPercent], [
    "unknown",
    "unknown",
    100,
  ]);
});

Deno.test("parseBitLockerStatus() wants one volume and its whole frame", () => {
  assert.equal(status(""), "not-understood");
  assert.equal(status("\u0000\u0001 rubbish"), "not-understood");
  assert.equal(status(LOCKED + SUSPENDED), "not-understood");
  assert.equal(status(SUSPENDED.replace(/ +Lock Status[^]*$/, "")), "not-understood");
  const shifted = status(SUSPENDED.replace(/ +Protection Status.*\r\n/, ""));
  assert.equal(typeof shifted === "object" && shifted.protection, "unknown");
  assert.equal(status(SUSPENDED.replace("100.0%", "a lot")), "not-understood");
  assert.equal(status(SUSPENDED.replace("Volume D: [OS]", "Volume [OS]")), "not-understood");
  assert.equal(
    status(`Volume D: [${" x".repeat(100_000)}\r\n${"    a: ".repeat(50_000)}`),
    "not-understood",
  );
  const over = status(SUSPENDED.replace("100.0%", "250.0%"));
  assert.equal(typeof over === "object" && over.encryptedPercent, undefined);
});

Deno.test("parseBitLockerStatus() explains a failure by its code, in any language", () => {
  const failure = (text: string) => {
    const answer = parseBitLockerStatus(outcomeOf(text, -1));
    return answer.kind === "failed" ? answer.error.kind : answer.kind;
  };
  assert.equal(failure("ERROR: An error occurred (code 0x80310000):\r\n"), "locked");
  assert.equal(
    failure("FEHLER: Ein Fehler ist aufgetreten (Code 0x80040154):"),
    "incomplete-winpe",
  );
  assert.equal(failure("ERROR: An error occurred (code 0x8031ffff):\r\n"), "other");
  assert.equal(failure(SUSPENDED), "other");
});

Deno.test("parseBitLockerProtection() reads the exit code where the words are foreign", () => {
  const protection = (text: string, exit: number) => {
    const answer = parseBitLockerProtection(outcomeOf(text, exit));
    return answer.kind === "done" ? answer.value : answer.kind;
  };
  const foreign = SUSPENDED.replace("Protection Off (3 reboots left)", "保護はオフです");
  assert.equal(protection(foreign, 0), "on");
  assert.equal(protection(foreign, 1), "off");
  assert.equal(protection(SUSPENDED, 1), "off");
  assert.equal(protection(SUSPENDED, 0), "not-understood", "words and exit code contradict");
  assert.equal(protection("", 0), "not-understood");
  assert.equal(protection("", 1), "not-understood");
  assert.equal(protection("ERROR: An error occurred (code 0x80310000):", 1), "failed");
  assert.equal(protection(SUSPENDED, -1), "failed");
});

Deno.test("parseBitLockerChange() wants the tool's own title, and no error", () => {
  const change = (text: string, exit = 0) => parseBitLockerChange(outcomeOf(text, exit)).kind;
  const title = SUSPENDED.split("\r\n")[0]!;
  assert.equal(change(`${title}\r\nKey protectors are disabled for volume D:.\r\n`), "done");
  assert.equal(change(GERMAN.split("\r\n")[0]!), "done");
  assert.equal(change(""), "not-understood");
  assert.equal(change("nonsense"), "not-understood");
  assert.equal(change(`${title}\r\nERROR: An error occurred (code 0x80310000):`), "failed");
  assert.equal(change(title, -1), "failed");
});

Deno.test("recovery passwords are hidden however they are written", () => {
  const digits = PASSWORD.replaceAll("-", "");
  for (
    const text of [
      PASSWORD,
      digits,
      PASSWORD.replaceAll("-", " "),
      PASSWORD.replaceAll("-", " - "),
      PASSWORD.replaceAll("-", "\u2011"),
      PASSWORD.replaceAll("-", "-\r\n        "),
      PASSWORD.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
      PASSWORD.slice(0, 30),
      PASSWORD.slice(0, 24),
      `7${PASSWORD}`,
      `${PASSWORD}7`,
    ]
  ) {
    const hidden = hideRecoveryPasswords(`Password:\r\n  <${text}>\r\n`);
    assert.doesNotMatch(hidden, /\p{Nd}/u, text);
    assert.ok(hidden.includes(HIDDEN_PASSWORD), text);
  }
});

Deno.test("what is no recovery password stays", () => {
  for (
    const text of [
      "BitLocker Version 10.0.19041",
      "{53465F4B-98AB-45E2-823D-1F93C0911081}",
      "2025-05-14 09:12:33",
      "236.40 GB, 254021234688 bytes",
      "123456",
    ]
  ) assert.equal(hideRecoveryPasswords(text), text);
  const long = "1".repeat(41) + " ".repeat(200_000) + "-".repeat(200_000);
  assert.equal(hideRecoveryPasswords(long), long);
});

Deno.test("no answer holds a recovery password, whatever it is", () => {
  const texts = [SUSPENDED, "garbage", "ERROR: An error occurred (code 0x80310000):"];
  for (const parse of [parseBitLockerStatus, parseBitLockerProtection, parseBitLockerChange]) {
    for (const text of texts) {
      for (const exit of [0, 1, -1]) {
        const outcome = { ...outcomeOf(`${text}\r\n${PASSWORD}`, exit), errorOutput: PASSWORD };
        assert.doesNotMatch(JSON.stringify(parse(outcome)), /\d{6}-\d{6}/);
        assert.doesNotMatch(JSON.stringify(hideInOutcome(outcome)), /\d{6}-\d{6}/);
      }
    }
  }
});
