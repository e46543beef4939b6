import assert from "node:assert/strict";
import fc from "fast-check";
import { MedicError } from "../../src/base/mod.ts";
import { sessionFromText } from "../../src/journal/mod.ts";
import { crc32, encodeRecord, type JournalRecord, parseJournal } from "../../src/journal/record.ts";
import { ALL_KINDS } from "./journal_lab.ts";

const AT = "2026-01-15T09:00:00.000Z";

const HEADER: JournalRecord = {
  type: "session",
  format: 1,
  session: "20260115-090000-abcdef",
  at: AT,
  program: "0.1.0",
  command: "pemedic repair D:",
  target: { serial: "1A2B-3C4D", label: "Wïndows\n\"'", windows: "Windows 11" },
  options: { only: ["a"], deep: { nested: [1, null, true] } },
};

const RECORDS: readonly JournalRecord[] = [
  HEADER,
  { type: "step", at: AT, step: "a.b", state: "begin", changes: ALL_KINDS },
  ...ALL_KINDS.map((change, index): JournalRecord => ({
    type: "change",
    at: AT,
    id: index + 1,
    state: "intent",
    change,
    kept: "{session}\\aside\\0001-x",
  })),
  { type: "change", at: AT, id: 1, state: "done", exitCode: 0x800f081f },
  { type: "change", at: AT, id: 2, state: "failed", reason: "no" },
  { type: "step", at: AT, step: "a.b", state: "end", outcome: "fixed", reason: "yes" },
  { type: "undo", at: AT, id: 1, state: "intent", displaced: "{session}\\displaced\\x" },
  { type: "undo", at: AT, id: 1, state: "failed", reason: "busy" },
  { type: "reopened", at: AT },
  { type: "pruned", at: AT, bytes: 3 * 2 ** 40 },
  { type: "end", at: AT, outcome: "ok" },
  { type: "undone", at: AT, outcome: "complete" },
];

function journal(records: readonly JournalRecord[] = RECORDS): string {
  return records.map((record, index) => encodeRecord(index + 1, record)).join("");
}

function lines(): string[] {
  return journal().split("\n").slice(0, -1);
}

function damage(content: string): MedicError {
  try {
    parseJournal(content);
  } catch (error) {
    assert.ok(error instanceof MedicError, String(error));
    assert.equal(error.code, "journalDamaged");
    return error;
  }
  throw new assert.AssertionError({ message: "The journal was not found damaged" });
}

Deno.test("parseJournal() gives back every kind of record", () => {
  assert.deepEqual(parseJournal(journal()), { records: RECORDS, torn: false });
  assert.deepEqual(parseJournal(""), { records: [], torn: false });
});

Deno.test("encodeRecord() writes one line with number and checksum", () => {
  const line = encodeRecord(7, { type: "reopened", at: AT });
  const body = `{"n":7,"type":"reopened","at":"${AT}"}`;
  assert.equal(line, `${crc32(body).toString(16).padStart(8, "0")} ${body}\n`);
});

Deno.test("crc32() is that of IEEE 802.3 over UTF-8", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
  assert.equal(crc32(""), 0);
  assert.equal(crc32("ß"), crc32("\u00df"));
});

Deno.test("parseJournal() keeps names with odd characters, also lone surrogates", () => {
  const path = "Windows\\\ud800 ‮%s{session}\u2028\\ß";
  const change = { kind: "directory-created", path } as const;
  const record: JournalRecord = { type: "change", at: AT, id: 1, state: "intent", change };
  assert.deepEqual(parseJournal(journal([HEADER, record])).records[1], record);
});

Deno.test("parseJournal() takes any cut of the last line for a torn tail", () => {
  const whole = journal();
  const before = journal(RECORDS.slice(0, -1));
  for (let length = before.length + 1; length < whole.length - 1; length++) {
    const { records, torn } = parseJournal(whole.slice(0, length));
    assert.equal(records.length, RECORDS.length - 1, String(length));
    assert.equal(torn, true);
  }
});

Deno.test("parseJournal() counts a last line that only lacks its line feed", () => {
  const { records, torn } = parseJournal(journal().slice(0, -1));
  assert.deepEqual(records, RECORDS);
  assert.equal(torn, true);
});

Deno.test("parseJournal() allows a cut line where the next one says reopened", () => {
  const two = journal(RECORDS.slice(0, 2));
  const reopened = encodeRecord(3, { type: "reopened", at: AT });
  const next = encodeRecord(4, { type: "end", at: AT });
  const cut = journal().split("\n")[2]!.slice(0, 30);
  const { records, torn } = parseJournal(`${two}${cut}\n${reopened}${next}`);
  assert.deepEqual(records.map(({ type }) => type), ["session", "step", "reopened", "end"]);
  assert.equal(torn, false);
});

Deno.test("parseJournal() allows reopening itself to be cut off, again and again", () => {
  const two = journal(RECORDS.slice(0, 2));
  const reopened = encodeRecord(3, { type: "reopened", at: AT });
  const cut = journal().split("\n")[2]!.slice(0, 30);
  for (const length of [0, 3, 9, 20, 35, reopened.length - 2]) {
    const again = reopened.slice(0, length);
    const whole = parseJournal(`${two}${cut}\n${again}\n${again}\n${reopened}`);
    assert.deepEqual([whole.records.length, whole.torn], [3, false], String(length));
    const open = parseJournal(`${two}${cut}\n${again}\n${again}`);
    assert.deepEqual([open.records.length, open.torn], [2, true], String(length));
  }
});

Deno.test("parseJournal() refuses a cut line where the next one is no reopening", () => {
  const two = journal(RECORDS.slice(0, 2));
  const cut = journal().split("\n")[2]!.slice(0, 30);
  const error = damage(`${two}${cut}\n${encodeRecord(3, { type: "end", at: AT })}`);
  assert.match(error.message, /line 3 is damaged$/);
  assert.match(error.next ?? "", /--journal/);
});

Deno.test("parseJournal() names the line of every damaged middle line", () => {
  for (let index = 0; index < lines().length - 1; index++) {
    const damaged = lines();
    const at = 12 + index;
    const changed = damaged[index]![at] === "x" ? "y" : "x";
    damaged[index] = damaged[index]!.slice(0, at) + changed + damaged[index]!.slice(at + 1);
    const error = damage(damaged.join("\n") + "\n");
    assert.match(error.message, new RegExp(`line ${index + 1} is damaged$`));
  }
});

Deno.test("parseJournal() refuses a missing, doubled or swapped line", () => {
  const all = lines();
  const without = [...all.slice(0, 3), ...all.slice(4)];
  assert.match(damage(without.join("\n") + "\n").message, /line 4 /);
  const doubled = [...all.slice(0, 4), all[3]!, ...all.slice(4)];
  assert.match(damage(doubled.join("\n") + "\n").message, /line 5 /);
  const swapped = [...all.slice(0, 3), all[4]!, all[3]!, ...all.slice(5)];
  assert.match(damage(swapped.join("\n") + "\n").message, /line 4 /);
});

Deno.test("parseJournal() refuses a damaged line that hides a lost record before reopened", () => {
  const lost = encodeRecord(3, { type: "end", at: AT }).replace("end", "xnd");
  const reopened = encodeRecord(4, { type: "reopened", at: AT });
  assert.match(damage(journal(RECORDS.slice(0, 2)) + lost + reopened).message, /line 3 /);
});

Deno.test("parseJournal() refuses a tail of several damaged lines", () => {
  const all = lines();
  const tail = all.slice(5).map((line) => line.replace('"n"', '"N"'));
  assert.match(damage([...all.slice(0, 5), ...tail].join("\n") + "\n").message, /line 6 /);
});

Deno.test("parseJournal() refuses a newer format, whatever else is new in it", () => {
  for (const extra of [{}, { type: "session", target: "new", more: 1 }]) {
    const body = JSON.stringify({ n: 1, ...HEADER, format: 2, ...extra });
    const line = `${crc32(body).toString(16).padStart(8, "0")} ${body}\n`;
    const error = damage(line + lines().slice(1).join("\n") + "\n");
    assert.match(error.message, /its format 2 is newer$/);
    assert.match(error.next ?? "", /newer pemedic/);
  }
});

Deno.test("parseJournal() refuses forged lines whose checksum is right", () => {
  const bodies = [
    "null",
    "[]",
    "7",
    '"text"',
    "{",
    "{}",
    '{"n":2}',
    '{"n":"2","type":"end","at":""}',
    '{"n":2,"type":"end"}',
    '{"n":2,"type":"change","at":"","id":0,"state":"done"}',
    '{"n":2,"type":"change","at":"","id":1.5,"state":"done"}',
    '{"n":2,"type":"change","at":"","id":-1,"state":"done"}',
    '{"n":2,"type":"change","at":"","id":1,"state":"intent","change":{"kind":"deleted","path":"x"}}',
    '{"n":2,"type":"what","at":""}',
  ];
  for (const body of bodies) {
    const line = `${crc32(body).toString(16).padStart(8, "0")} ${body}\n`;
    const end = encodeRecord(2, { type: "end", at: AT });
    assert.match(damage(journal([HEADER]) + line + end).message, /line 2 /, body);
  }
});

Deno.test("parseJournal() wants eight plain hex digits as checksum", () => {
  const end = encodeRecord(2, { type: "end", at: AT });
  const body = end.slice(9);
  const sum = end.slice(0, 8);
  for (const odd of [sum.toUpperCase() === sum ? "" : sum.toUpperCase(), `+${sum.slice(1)}`]) {
    if (odd === "") continue;
    assert.match(damage(`${journal([HEADER])}${odd} ${body}${end}`).message, /line 2 /);
  }
});

Deno.test("parseJournal() throws nothing but MedicError, whatever the bytes", () => {
  const whole = new TextEncoder().encode(journal());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(whole.length),
      (flips, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of flips) if (at < length) bytes[at] = value;
        try {
          const { records } = parseJournal(new TextDecoder().decode(bytes));
          assert.deepEqual(records, RECORDS.slice(0, records.length));
        } catch (error) {
          if (!(error instanceof MedicError)) throw error;
        }
      },
    ),
    { seed: 1, numRuns: 1500 },
  );
});

Deno.test("sessionFromText() throws nothing but MedicError for forged records", () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("session", "change", "undo", 1, 2));
  const keys = ["n", "type", "format", "session", "at", "id", "state", "change", "target"] as const;
  const record = fc.record(Object.fromEntries(keys.map((key) => [key, value])), {
    requiredKeys: [],
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), (forged) => {
      const text = forged.map((entry, index) => {
        const body = JSON.stringify(index === 0 ? { ...HEADER, n: 1, ...entry } : entry);
        return `${crc32(body).toString(16).padStart(8, "0")} ${body}\n`;
      }).join("");
      try {
        sessionFromText(text);
      } catch (error) {
        if (!(error instanceof MedicError)) throw error;
      }
    }),
    { seed: 2, numRuns: 800 },
  );
});

Deno.test("sessionFromText() reads a journal and refuses names that are no session's", () => {
  assert.equal(sessionFromText(journal()).id, "20260115-090000-abcdef");
  for (const session of ["..", "../x", "a\\b", "", "A", "a b", "-a", "a\n", "x".repeat(81), "."]) {
    const text = journal([{ ...HEADER, session } as JournalRecord]);
    assert.throws(() => sessionFromText(text), MedicError, JSON.stringify(session));
  }
  assert.throws(() => sessionFromText(""), /opens no session/);
  assert.throws(() => sessionFromText(journal([RECORDS.at(-1)!])), /opens no session/);
});

const CONTENT = { bytes: 5 * 2 ** 30, sha256: "0a".repeat(32) };
const IMAGE_FILE = { kind: "image-file", place: "E:\\a.iso", index: 6, path: "Windows\\x" };
const OUTSIDE_CHANGES = [
  { kind: "file-created", path: "a", origin: { kind: "file", place: "E:\\a" }, ...CONTENT },
  { kind: "file-created", path: "a", origin: IMAGE_FILE, ...CONTENT },
  { kind: "file-replaced", path: "a", origin: { ...IMAGE_FILE, inside: "s\\i.wim" }, ...CONTENT },
  {
    kind: "tree-created",
    path: "PEMedic\\media",
    origin: { kind: "media", place: "E:\\a.iso" },
    files: 900,
    bytes: 5 * 2 ** 30,
  },
];

function intentOf(change: unknown): JournalRecord {
  return { type: "change", at: AT, id: 1, state: "intent", change } as JournalRecord;
}

Deno.test("parseJournal() gives back changes with content from outside", () => {
  for (const change of OUTSIDE_CHANGES) {
    const text: string = encodeRecord(1, HEADER) + encodeRecord(2, intentOf(change));
    assert.deepEqual(parseJournal(text).records[1], intentOf(change));
  }
});

Deno.test("parseJournal() refuses content from outside that says too little or too much", () => {
  const [file, image, replaced, tree] = OUTSIDE_CHANGES as [object, object, object, object];
  const forged = [
    { ...file, sha256: "0A".repeat(32) },
    { ...file, sha256: undefined },
    { ...file, bytes: -1 },
    { ...file, bytes: 1.5 },
    { ...file, path: "..\\a" },
    { ...file, origin: { kind: "media", place: "E:\\a" } },
    { ...file, origin: { kind: "web", place: "E:\\a" } },
    { ...file, origin: { kind: "file", place: "" } },
    { ...image, origin: { ...IMAGE_FILE, index: 0 } },
    { ...replaced, origin: undefined },
    { ...tree, origin: { kind: "file", place: "E:\\a" } },
    { ...tree, files: "many" },
    { kind: "file-created", path: "a", bytes: 1 },
  ];
  for (const change of forged) {
    const text: string = encodeRecord(1, HEADER) + encodeRecord(2, intentOf(change)) +
      encodeRecord(3, HEADER);
    assert.throws(() => parseJournal(text), MedicError, JSON.stringify(change));
  }
});
