import assert from "node:assert/strict";
import fc from "fast-check";
import { type ByteSource, encodeUtf16, memorySource } from "../../../src/base/mod.ts";
import {
  lastRecords,
  MOST_RECORD_BYTES,
  openSetupLog,
  type SetupLogRecord,
} from "../../../src/formats/logs/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { writeSetupRun } from "../../lab/setup_logs.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function forwards(bytes: Uint8Array): Promise<SetupLogRecord[]> {
  return await Array.fromAsync((await openSetupLog(memorySource(bytes))).records());
}

async function backwards(bytes: Uint8Array): Promise<SetupLogRecord[]> {
  const log = await openSetupLog(memorySource(bytes));
  return (await Array.fromAsync(log.recordsBackwards())).reverse();
}

const LINE = "2022-07-06 08:08:29, Info                  MOUPG  SetupHost::Initialize\r\n";
const ID_LINE = "2019-03-29 00:25:29, Error      [0x0606ae] IBS    Required profile\r\n";
const BLANK_LINE = "2022-07-06 08:08:30, Warning                      VdsPlatform: no\r\n";

Deno.test("records() takes the columns apart", async () => {
  const [plain, numbered, blank] = await forwards(bytesOf(LINE + ID_LINE + BLANK_LINE));
  assert.deepEqual(plain, {
    offset: 0,
    size: LINE.length,
    time: {
      text: "2022-07-06 08:08:29",
      year: 2022,
      month: 7,
      day: 6,
      hour: 8,
      minute: 8,
      second: 29,
    },
    level: "Info",
    messageId: undefined,
    component: "MOUPG",
    text: "SetupHost::Initialize",
    continuation: [],
    problems: [],
  });
  assert.deepEqual(
    [numbered?.level, numbered?.messageId, numbered?.component, numbered?.text],
    ["Error", 0x606ae, "IBS", "Required profile"],
  );
  assert.deepEqual([blank?.level, blank?.component, blank?.text], [
    "Warning",
    undefined,
    "VdsPlatform: no",
  ]);
});

Deno.test("text keeps its indentation, and a long component its name", async () => {
  const columns = "2022-07-06 08:08:30, Info                  ";
  const [indented, long] = await forwards(
    bytesOf(`${columns}MOUPG      Host OS Edition\r\n${columns}SETUPCPL9 text\r\n`),
  );
  assert.equal(indented?.text, "    Host OS Edition");
  assert.deepEqual([long?.component, long?.text], ["SETUPCPL9", "text"]);
});

Deno.test("lines that lost their blanks are read too", async () => {
  const [quoted, bare] = await forwards(
    bytesOf("2022-07-06 08:08:30, Info SP Crash 0x7E\r\n2022-07-06 08:08:30, Inf"),
  );
  assert.deepEqual([quoted?.level, quoted?.component, quoted?.text], ["Info", "SP", "Crash 0x7E"]);
  assert.deepEqual([bare?.level, bare?.component, bare?.text], ["Inf", undefined, ""]);
  assert.deepEqual(bare?.problems.map(({ kind }) => kind), ["unfinished"]);
});

Deno.test("lines without a time belong to the record before them", async () => {
  const [first, second] = await forwards(
    bytesOf(`${LINE.slice(0, -2)}:\n    VM: NO\n\n    Model : x\r\n\r\n${LINE}`),
  );
  assert.deepEqual(first?.continuation, ["    VM: NO", "    Model : x"]);
  assert.deepEqual(second?.continuation, []);
});

Deno.test("a byte order mark is no text, in UTF-8 and UTF-16", async () => {
  const utf16 = encodeUtf16(LINE + ID_LINE);
  for (
    const bytes of [
      bytesOf(`\ufeff${LINE}${ID_LINE}`),
      new Uint8Array([0xff, 0xfe, ...utf16]),
      utf16,
    ]
  ) {
    const records = await forwards(bytes);
    assert.deepEqual(records.map(({ text }) => text), [
      "SetupHost::Initialize",
      "Required profile",
    ]);
    assert.deepEqual(records.flatMap(({ problems }) => problems), []);
  }
});

Deno.test("single bytes of a code page stand beside UTF-8 in one line", async () => {
  const line = LINE.slice(0, -2);
  const bytes = new Uint8Array([...bytesOf(line), 0xae, 0x20, ...bytesOf("ü€😀"), 0xe9, 13, 10]);
  const [record] = await forwards(bytes);
  assert.equal(record?.text, "SetupHost::Initialize® ü€😀é");
});

Deno.test("line ends with more than one carriage return are line ends", async () => {
  const [one, two] = await forwards(bytesOf(`${LINE.slice(0, -2)}\r\r\n${LINE.slice(0, -1)}\n`));
  assert.deepEqual([one?.text, two?.text], ["SetupHost::Initialize", "SetupHost::Initialize"]);
});

Deno.test("zero bytes of a power cut end a line and are told", async () => {
  const torn = LINE.slice(0, 60);
  const records = await forwards(bytesOf(`${torn}${"\0".repeat(4096)}${ID_LINE}`));
  assert.deepEqual(records.map(({ text }) => text), [
    "SetupHost::Initia".slice(0, 10),
    "Required profile",
  ]);
  assert.deepEqual(records[0]?.problems, [{ kind: "nul-run", offset: 60, length: 4096 }]);
  assert.deepEqual(records[1]?.problems, []);
});

Deno.test("a log without its beginning, and one that is no log, are told", async () => {
  const [head, record] = await forwards(bytesOf(`st of a line\r\nmore\r\n${LINE}`));
  assert.equal(head?.time, undefined);
  assert.equal(head?.text, "st of a line");
  assert.deepEqual(head?.continuation, ["more"]);
  assert.deepEqual(head?.problems, [{ kind: "no-time", offset: 0, length: 20 }]);
  assert.equal(record?.offset, 20);
  assert.deepEqual(await forwards(new Uint8Array()), []);
  assert.deepEqual(await forwards(new Uint8Array([0xef, 0xbb, 0xbf])), []);
  assert.equal((await forwards(new Uint8Array(3))).length, 1);
});

Deno.test("a time that cannot be is told and still begins a record", async () => {
  for (const time of ["2022-13-06 08:08:29", "2022-02-30 08:08:29", "2022-07-06 24:08:29"]) {
    const [record] = await forwards(bytesOf(LINE.replace(/^.{19}/, time)));
    assert.equal(record?.time?.text, time);
    assert.deepEqual(record?.problems.map(({ kind }) => kind), ["impossible-time"]);
  }
  assert.deepEqual(
    (await forwards(bytesOf(LINE.replace("2022-07-06", "2024-02-29"))))[0]?.problems,
    [],
  );
});

Deno.test("a record of megabytes is cut and told, from both sides", async () => {
  const huge = `${LINE.slice(0, -2)}${"x".repeat(3_000_000)}\r\n`;
  for (const read of [forwards, backwards]) {
    const records = await read(bytesOf(LINE + huge + ID_LINE));
    assert.equal(records.length, 3);
    assert.equal(records[1]?.size, huge.length);
    assert.ok((records[1]?.text.length ?? 0) < MOST_RECORD_BYTES);
    assert.deepEqual(records[1]?.problems, [{
      kind: "cut",
      offset: LINE.length + MOST_RECORD_BYTES,
      length: huge.length - MOST_RECORD_BYTES,
    }]);
    assert.equal(records[2]?.text, "Required profile");
  }
});

/** Pieces that make logs, and pieces that break them. */
const piece = fc.oneof(
  fc.constantFrom(LINE, ID_LINE, BLANK_LINE, "\n", "\r\n", "\0", "\0\0\0", "    more\n", "ü®"),
  fc.constantFrom("2022-07-06 08:08:29, ", "2022-07-06 08:08:29,", "2022-", "\ufeff", "[0x0606ae]"),
  fc.string({ maxLength: 30 }),
);

const logBytes = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => bytesOf(pieces.join(""))),
  fc.array(piece, { maxLength: 60 }).map((pieces) => encodeUtf16(pieces.join(""))),
  fc.array(piece, { maxLength: 20 }).map((pieces) =>
    new Uint8Array([0xff, 0xfe, ...encodeUtf16(pieces.join(""))])
  ),
  fc.uint8Array({ maxLength: 400 }),
);

Deno.test("backwards gives the records of forwards, and no byte is lost, for any bytes", async () => {
  await fc.assert(
    fc.asyncProperty(logBytes, async (bytes) => {
      const there = await forwards(bytes);
      assert.deepEqual(await backwards(bytes), there);
      let next = (await openSetupLog(memorySource(bytes))).encoding.markBytes;
      for (const { offset, size } of there) {
        assert.equal(offset, next);
        assert.ok(size > 0);
        next += size;
      }
      assert.ok(next === bytes.length || there.length === 0);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("both ways agree where windows meet", async () => {
  const window = 1 << 18;
  for (let shift = -25; shift <= 25; shift++) {
    const filler = `${LINE.slice(0, -2)}${"y".repeat(window - LINE.length * 2 + shift)}\r\n`;
    for (const text of [filler + LINE + ID_LINE + BLANK_LINE]) {
      for (const bytes of [bytesOf(text), bytesOf(`\ufeff${text}`)]) {
        const there = await forwards(bytes);
        assert.equal(there.length, 4);
        assert.deepEqual(await backwards(bytes), there);
      }
    }
  }
});

Deno.test("10,000 mutated logs never throw, and end in time", async () => {
  const { upgrade } = writeSetupRun({
    end: { kind: "failed", result: 0xc1900101, extend: 0x30018 },
  });
  const sound = bytesOf(`\ufeff${upgrade}`);
  const random = seeded(20260901);
  const begun = performance.now();
  for (let i = 0; i < 10_000; i++) {
    const bytes = mutate(sound, random);
    const there = await forwards(bytes);
    assert.equal((await backwards(bytes)).length, there.length);
  }
  assert.ok(performance.now() - begun < 240_000, "a mutation takes milliseconds");
});

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

function mutate(sound: Uint8Array, random: () => number): Uint8Array {
  const start = Math.floor(random() * (sound.length - 600));
  const bytes = random() < 0.5 ? sound.slice(0, 600) : sound.slice(start, start + 600);
  for (let change = 0; change < 1 + random() * 6; change++) {
    const at = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.6) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.8) bytes.fill(0, at, at + 40);
    else bytes.copyWithin(at, Math.floor(random() * bytes.length), bytes.length);
  }
  return bytes.subarray(0, bytes.length - Math.floor(random() * 30));
}

Deno.test("the last records cost only the tail of a log of a gigabyte", async () => {
  const tail = bytesOf(LINE.repeat(2000));
  const size = 1 << 30;
  let read = 0;
  const source: ByteSource = {
    size,
    read: (offset, length) => {
      read += length;
      const bytes = new Uint8Array(length).fill(0x78);
      const from = offset - (size - tail.length);
      for (let i = Math.max(0, -from); i < length; i++) bytes[i] = tail[from + i]!;
      return Promise.resolve(bytes);
    },
  };
  const found = await lastRecords(await openSetupLog(source), 10);
  assert.equal(found.length, 10);
  assert.ok(found.every(({ text }) => text === "SetupHost::Initialize"));
  assert.deepEqual(found.map(({ offset }) => offset), found.map(({ offset }) => offset).toSorted());
  assert.ok(read < 1 << 20, `${read} bytes were read`);
});

Deno.test("bytes that are no text, no lines or only blanks cost no more than others", async () => {
  const size = 8 << 20;
  const line = bytesOf(LINE);
  const fills: readonly ((at: number) => number)[] = [
    () => 0xff,
    () => 0x20,
    (at) => at % 2 === 0 ? 0x0a : 0xe2,
    (at) => line[at % 22]!,
    (at) => "BFSVC".charCodeAt(at % 5),
  ];
  for (const fill of fills) {
    const bytes = Uint8Array.from({ length: size }, (_, at) => fill(at));
    bytes.set(line);
    const begun = performance.now();
    const count = (await forwards(bytes)).length;
    assert.equal((await backwards(bytes)).length, count);
    assert.ok(performance.now() - begun < 30_000, `${fill}`);
  }
});

Deno.test("lastRecords() gives all of a short log, and none for 0", async () => {
  const log = await openSetupLog(memorySource(bytesOf(LINE + ID_LINE)));
  assert.equal((await lastRecords(log, 10)).length, 2);
  assert.equal((await lastRecords(log, 1))[0]?.text, "Required profile");
  assert.deepEqual(await lastRecords(log, 0), []);
});

Deno.test("a failing source passes its error on", async () => {
  const source: ByteSource = { size: 100, read: () => Promise.reject(new Error("disk")) };
  await assert.rejects(openSetupLog(source), /disk/);
});

Deno.test({
  name: "a real CBS.log has the fields that its published analysis has",
  ignore: without(corpusPresent),
  fn: async () => {
    const records = await forwards(await Deno.readFile(corpusPath("cbs/Windows_2k-loghub.log")));
    const table = await Deno.readTextFile(corpusPath("cbs/Windows_2k.log_structured.csv"));
    const rows = table.split(/\r?\n/).slice(1).filter((row) => row !== "");
    assert.equal(records.length, 2000);
    assert.equal(rows.length, 2000);
    for (const [index, row] of rows.entries()) {
      const [, date, time, level, component, ...rest] = row.split(",");
      const { time: own, level: ownLevel, component: ownComponent, text } = records[index]!;
      assert.deepEqual([own?.text, ownLevel, ownComponent], [`${date} ${time}`, level, component]);
      const content = rest.join(",").replace(/^"|""/g, (quote) => quote === '""' ? '"' : "");
      assert.ok(content.startsWith(text.trim()), `${text} in ${content}`);
    }
  },
});
