/** Replays of real hives, against what yarp and Windows itself made of them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  baseBlockChecksum,
  countHive,
  type HiveReplay,
  openHive,
  replayLogs,
} from "../../../src/formats/regf/mod.ts";
import { corpusPath, corpusPresent } from "../../corpus.ts";
import { without } from "../../needs.ts";
import { readCorpus } from "./corpus_hives.ts";
import { BASE_BLOCK, refusals, withHeader } from "./hive_logs.ts";
import { listing, u32At } from "./hive_samples.ts";
import { assertKernelTakes } from "./kernel_rules.ts";

const ignore = without(corpusPresent);

/** One set of EXPECTED-yarp.json. */
interface Expected {
  readonly seq: readonly [number, number];
  readonly before?: readonly [number, number];
  readonly recovered?: { readonly recovered: boolean; readonly file_objects: string[] | null };
  readonly recover_err?: string;
  readonly last_seq?: number | null;
  readonly after?: readonly [number, number];
  readonly after_bins_sha256?: string;
}

function expectedSets(): Record<string, Expected> {
  const table = corpusPath("hives-dirty/EXPECTED-yarp.json");
  return existsSync(table) ? JSON.parse(Deno.readTextFileSync(table)) : {};
}

/** The names that the sets of the corpus have; a set that is missing is a failure. */
const SETS = [
  "NewDirtyHive1/NewDirtyHive",
  "OldDirtyHive/OldDirtyHive",
  "BadBaseBlockHive/BadBaseBlockHive",
  "BadLogHive1/BadLogHive",
  "BadLogHive2/BadLogHive",
  "UsrClass/UsrClass.dat",
  "dfwinreg-NTUSER/NTUSER.DAT",
];

/** Pages by log, as the entries or the bitmap of the log count them. */
const PAGES: Readonly<Record<string, readonly number[]>> = {
  "NewDirtyHive1/NewDirtyHive": [1, 3],
  "OldDirtyHive/OldDirtyHive": [64],
  "BadBaseBlockHive/BadBaseBlockHive": [64],
  "UsrClass/UsrClass.dat": [53, 105],
};

function replaySet(set: string): { readonly primary: Uint8Array; readonly replay: HiveReplay } {
  const path = `hives-dirty/${set}`;
  const logs = [".LOG1", ".LOG2", ".LOG"].filter((end) => existsSync(corpusPath(path + end)));
  const primary = readCorpus(path);
  const replay = replayLogs(
    primary.slice(),
    logs.map((end) => ({ name: end.slice(1), bytes: readCorpus(path + end) })),
    { name: set },
  );
  return { primary, replay };
}

/** The hash of everything behind the base block, with what the file has behind the bins. */
function sha256OfBins(replay: HiveReplay, primary: Uint8Array): string {
  const hash = createHash("sha256").update(replay.bytes.subarray(BASE_BLOCK));
  return hash.update(primary.subarray(replay.bytes.length)).digest("hex");
}

function countsOf(bytes: Uint8Array): readonly [number, number] {
  const { keys, values, problems } = countHive(openHive(bytes));
  assert.deepEqual(problems, []);
  return [keys, values];
}

for (const set of SETS) {
  Deno.test({
    name: `replayLogs() agrees with yarp on ${set} (needs the corpus)`,
    ignore,
    fn: () => {
      const expected = expectedSets()[set]!;
      const { primary, replay } = replaySet(set);
      assert.deepEqual([u32At(primary, 4), u32At(primary, 8)], expected.seq);
      if (expected.before !== undefined) assert.deepEqual(countsOf(primary), expected.before);
      const yarp = expected.recovered;
      const state = yarp === undefined ? "unrecovered" : yarp.recovered ? "replayed" : "clean";
      assert.equal(replay.state, state);
      assert.deepEqual(replay.used.map(({ name }) => name), yarp?.file_objects ?? []);
      if (expected.after_bins_sha256 !== undefined) {
        assert.equal(sha256OfBins(replay, primary), expected.after_bins_sha256);
        assert.deepEqual(countsOf(replay.bytes), expected.after);
      }
      if (typeof expected.last_seq === "number") {
        assert.equal(u32At(replay.bytes, 4), expected.last_seq + 1);
        assert.equal(replay.nextSequence, expected.last_seq + 1);
      }
      assert.deepEqual(replay.used.map(({ pages }) => pages), PAGES[set] ?? []);
      assert.equal(replay.pages, (PAGES[set] ?? []).reduce((sum, pages) => sum + pages, 0));
    },
  });

  Deno.test({
    name: `replayLogs() leaves ${set} clean, or as it lies (needs the corpus)`,
    ignore,
    fn: () => {
      const { primary, replay } = replaySet(set);
      if (replay.state !== "replayed") return assert.deepEqual(replay.bytes, primary);
      const hive = openHive(replay.bytes);
      assert.equal(hive.dirty, false);
      assert.equal(hive.truncated, false);
      assert.equal(hive.header.fileType, 0);
      assert.equal(hive.header.primarySequence, hive.header.secondarySequence);
      assert.equal(replay.bytes.length, BASE_BLOCK + hive.header.binsSize);
      const again = replayLogs(replay.bytes, [], { name: set });
      assert.equal(again.state, "clean");
      assertKernelTakes(replay.bytes, set);
    },
  });
}

Deno.test({
  name: "replayLogs() makes what Windows 10 made of NewDirtyHive1 (needs the corpus)",
  ignore,
  fn: () => {
    const { replay } = replaySet("NewDirtyHive1/NewDirtyHive");
    const windows = readCorpus("hives-dirty/NewDirtyHive1/RecoveredHive_Windows10");
    // Header and bins, every byte; the rest of the file lies behind the bins.
    assert.deepEqual(replay.bytes, windows.subarray(0, replay.bytes.length));
    assert.deepEqual(replay.used.map(({ entries }) => entries), [1, 3]);
  },
});

Deno.test({
  name: "replayLogs() shows what Windows 7 showed of OldDirtyHive (needs the corpus)",
  ignore,
  fn: () => {
    const { replay } = replaySet("OldDirtyHive/OldDirtyHive");
    const windows = readCorpus("hives-dirty/OldDirtyHive/RecoveredHive_Windows7");
    assert.deepEqual(listing(openHive(replay.bytes)), listing(openHive(windows)));
    // Six bytes of the bins are its own work: the time in the first bin, and one more.
    const differing = replay.bytes.subarray(BASE_BLOCK).filter((byte, i) =>
      byte !== windows[BASE_BLOCK + i]
    );
    assert.equal(differing.length, 6);
    assert.deepEqual([u32At(replay.bytes, 4), u32At(replay.bytes, 8)], [5, 5]);
  },
});

Deno.test({
  name: "replayLogs() heals BadBaseBlockHive into the very hive that was never damaged " +
    "(needs the corpus)",
  ignore,
  fn: () => {
    const healed = replaySet("BadBaseBlockHive/BadBaseBlockHive").replay;
    const sound = replaySet("OldDirtyHive/OldDirtyHive").replay;
    assert.equal(healed.headerFrom, "LOG1");
    assert.equal(sound.headerFrom, undefined);
    assert.match(healed.dirtyReason ?? "", /checksum/);
    assert.deepEqual(healed.bytes, sound.bytes);
  },
});

Deno.test({
  name: "replayLogs() says why the logs of BadLogHive1 and BadLogHive2 are refused " +
    "(needs the corpus)",
  ignore,
  fn: () => {
    assert.deepEqual(refusals(replaySet("BadLogHive1/BadLogHive").replay), {
      LOG1: "the checksum of its header is wrong",
      LOG2: "it is empty",
    });
    assert.deepEqual(refusals(replaySet("BadLogHive2/BadLogHive").replay), {
      LOG1: `its bitmap does not begin with "DIRT"`,
      LOG2: "it is empty",
    });
  },
});

Deno.test({
  name: "replayLogs() takes an old log with remnants behind it (needs the corpus)",
  ignore,
  fn: () => {
    const bytes = readCorpus("hives-dirty/OldLogWithRemnantData");
    const primary = readCorpus("hives-dirty/OldDirtyHive/OldDirtyHive");
    const replay = replayLogs(primary, [{ name: "LOG1", bytes }], { name: "hive" });
    const { replay: plain } = replaySet("OldDirtyHive/OldDirtyHive");
    assert.deepEqual(replay.bytes, plain.bytes);
  },
});

Deno.test({
  name: "replayLogs() does not invent what a truncated hive lacks (needs the corpus)",
  ignore,
  fn: () => {
    const primary = readCorpus("hives-dirty/TruncatedDirtyHive");
    const time = new DataView(primary.buffer).getBigUint64(12, true);
    const bytes = withHeader(readCorpus("hives-dirty/OldDirtyHive/OldDirtyHive.LOG1"), {
      lastWritten: time,
    });
    const replay = replayLogs(primary, [{ name: "LOG1", bytes }], { name: "hive" });
    assert.equal(replay.state, "unrecovered");
    assert.match(refusals(replay)["LOG1"]!, /asks for 487424 bytes .* is not there/);
    assert.equal(replay.bytes, primary);
  },
});

Deno.test({
  name: "replayLogs() counts the logs of a clean hive, and uses none of them (needs the corpus)",
  ignore,
  fn: () => {
    const primary = readCorpus("hives-dirty/dfwinreg-NTUSER/NTUSER.DAT");
    // These end with entry 216. They are of another hive, but nobody looks.
    const logs = ["LOG1", "LOG2"].map((name) => ({
      name,
      bytes: readCorpus(`hives-logs-only/new_log_1/SYSTEM.${name}`),
    }));
    const replay = replayLogs(primary, logs, { name: "NTUSER.DAT" });
    assert.deepEqual(
      { ...replay, bytes: 0 },
      { state: "clean", used: [], refused: [], pages: 0, bytes: 0, nextSequence: 217 },
    );
    assert.equal(replay.bytes, primary);
  },
});

Deno.test({
  name: "replayLogs() changes only what the logs hold of UsrClass (needs the corpus)",
  ignore,
  fn: () => {
    const { primary, replay } = replaySet("UsrClass/UsrClass.dat");
    const touched = new Set<number>();
    for (const end of ["LOG1", "LOG2"]) {
      const log = readCorpus(`hives-dirty/UsrClass/UsrClass.dat.${end}`);
      for (let at = 512; u32At(log, at) === 0x454c7648; at += u32At(log, at + 4)) {
        for (let page = 0; page < u32At(log, at + 20); page++) {
          const start = u32At(log, at + 40 + 8 * page);
          const size = u32At(log, at + 44 + 8 * page);
          for (let covered = start; covered < start + size; covered += 4096) touched.add(covered);
        }
      }
    }
    let untouched = 0;
    for (let page = 0; page < replay.bytes.length - BASE_BLOCK; page += 4096) {
      if (touched.has(page)) continue;
      untouched++;
      const range = [BASE_BLOCK + page, BASE_BLOCK + page + 4096] as const;
      assert.deepEqual(replay.bytes.subarray(...range), primary.subarray(...range));
    }
    assert.ok(untouched > 400 && touched.size > 50, `${untouched} and ${touched.size} pages`);
    assert.equal(u32At(replay.bytes, 508), baseBlockChecksum(replay.bytes));
  },
});
