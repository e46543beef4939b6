/**
 * The floor plan as a test: reads the module graph of the program and fails with the sentence
 * of the plan that an import breaks.
 */
import assert from "node:assert/strict";
import { dirname, fromFileUrl, relative } from "./paths.ts";

/** What each room may import, with the reason. */
const ROOMS: Readonly<Record<string, { readonly may: readonly string[]; readonly why: string }>> = {
  base: { may: [], why: "base holds words everybody uses; it knows nobody" },
  host: { may: ["base"], why: "host is the machine; it knows nothing of Windows repair" },
  knowledge: { may: ["base"], why: "knowledge is facts as tables" },
  formats: { may: ["base"], why: "formats are pure: bytes in, values out" },
  tools: { may: ["base", "host", "knowledge"], why: "tools build arguments and parse output" },
  windows: {
    may: ["base", "host", "knowledge", "formats", "tools"],
    why: "windows only reads what the offline Windows is",
  },
  checks: {
    may: ["base", "knowledge", "formats", "tools", "windows"],
    why: "checks only read: they may import neither host nor journal",
  },
  journal: {
    may: ["base", "host", "formats"],
    why: "journal records and undoes changes; it does not know why they are made",
  },
  repairs: {
    may: ["base", "knowledge", "formats", "tools", "windows", "checks", "journal"],
    why: "repairs write through the journal only: they may not import host",
  },
  upgrade: {
    may: ["base", "knowledge", "formats", "tools", "windows", "checks", "journal", "repairs"],
    why: "upgrade is steps as repairs are: it writes through the journal only",
  },
  kit: {
    may: ["base", "host", "knowledge", "formats", "tools", "windows"],
    why: "kit is media and stick: it changes no target",
  },
  ladder: {
    may: ["base", "host", "windows", "checks", "journal", "repairs", "upgrade"],
    why: "the ladder runs steps in order; facts and formats are for the rooms below",
  },
  report: {
    may: ["base", "knowledge", "ladder"],
    why: "reports are pure: they tell what happened",
  },
  cli: {
    may: [
      "base",
      "host",
      "knowledge",
      "formats",
      "tools",
      "windows",
      "checks",
      "journal",
      "repairs",
      "upgrade",
      "ladder",
      "kit",
      "report",
    ],
    why: "cli talks to people and wires the rooms",
  },
};

/** Rooms whose sub-rooms are doors of their own and do not import each other. */
const ROOMS_OF_ROOMS = ["formats", "tools"];

/** Sub-rooms that may import each other all the same. */
const NEIGHBOURS: readonly string[] = [
  "formats/bcd -> formats/regf",
  "formats/image -> formats/iso9660",
  "formats/image -> formats/udf",
];

/** The one file that is imported past its room's door, dynamically, by the command line. */
const REAL_HOST = "src/host/real_host.ts";

interface Module {
  readonly specifier: string;
  readonly local?: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

const root = dirname(dirname(fromFileUrl(import.meta.url)));

async function moduleGraph(): Promise<readonly Module[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: root,
    stderr: "null",
  });
  const { stdout } = await command.output();
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}

interface Place {
  readonly path: string;
  readonly room: string;
  readonly subRoom: string;
}

function placeOf(specifier: string): Place | undefined {
  if (!specifier.startsWith("file:")) return undefined;
  const path = relative(root, fromFileUrl(specifier));
  const parts = path.split("/");
  if (parts[0] !== "src") return undefined;
  const room = parts[1]!;
  return { path, room, subRoom: ROOMS_OF_ROOMS.includes(room) ? `${room}/${parts[2]}` : room };
}

function* imports(modules: readonly Module[]): Generator<{ from: Place; to: Place }> {
  for (const module of modules) {
    const from = placeOf(module.specifier);
    if (from === undefined) continue;
    for (const dependency of module.dependencies ?? []) {
      const specifier = dependency.code?.specifier ?? dependency.type?.specifier;
      const to = specifier === undefined ? undefined : placeOf(specifier);
      if (to !== undefined) yield { from, to };
    }
  }
}

/** Says what is wrong with an import, or undefined. */
export function judgeImport(from: Place, to: Place): string | undefined {
  if (from.subRoom === to.subRoom) return undefined;
  const arrow = `${from.path} imports ${to.path}`;
  if (from.room === to.room) {
    return NEIGHBOURS.includes(`${from.subRoom} -> ${to.subRoom}`)
      ? undefined
      : `${arrow}: sub-rooms of ${from.room} do not import each other`;
  }
  const rule = ROOMS[from.room];
  if (rule === undefined) return `${arrow}: there is no room "${from.room}" in the floor plan`;
  if (!rule.may.includes(to.room)) return `${arrow}: ${rule.why}`;
  if (to.path === REAL_HOST && from.room === "cli") return undefined;
  if (!to.path.endsWith("/mod.ts")) return `${arrow}: cross a wall only through mod.ts`;
  return undefined;
}

const modules = await moduleGraph();

Deno.test("the module graph has all rooms in it", () => {
  const rooms = new Set(modules.map((module) => placeOf(module.specifier)?.room));
  for (const room of Object.keys(ROOMS)) {
    assert.ok(rooms.has(room), `no file of ${room} is reached`);
  }
});

Deno.test("an arrow only ever points down, and through a door", () => {
  const faults = [...imports(modules)].map(({ from, to }) => judgeImport(from, to))
    .filter((fault) => fault !== undefined);
  assert.deepEqual(faults, []);
});

Deno.test("judgeImport() refuses what the floor plan forbids", () => {
  const place = (path: string): Place => placeOf(`file://${root}/${path}`)!;
  const check = place("src/checks/volume_dirty.ts");
  assert.match(judgeImport(check, place("src/host/mod.ts")) ?? "", /neither host nor journal/);
  assert.match(judgeImport(check, place("src/windows/scan.ts")) ?? "", /through mod\.ts/);
  assert.equal(judgeImport(check, place("src/windows/mod.ts")), undefined);
  const regf = place("src/formats/regf/mod.ts");
  assert.match(
    judgeImport(place("src/formats/ntfs/mod.ts"), regf) ?? "",
    /do not import each other/,
  );
});

async function sources(): Promise<{ path: string; text: string }[]> {
  const found: { path: string; text: string }[] = [];
  const visit = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) await visit(path);
      else if (path.endsWith(".ts")) {
        found.push({ path, text: await Deno.readTextFile(`${root}/${path}`) });
      }
    }
  };
  await visit("src");
  return found;
}

const files = await sources();

/** The text without comments, so that a sentence about Deno is no call of it. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
}

Deno.test("only host says Deno or node:", () => {
  const faults = files.filter(({ path, text }) =>
    !path.startsWith("src/host/") &&
    /\bDeno\.|from "node:|import\("node:/.test(withoutComments(text))
  );
  assert.deepEqual(faults.map(({ path }) => path), []);
});

Deno.test("no drawer rooms, no version suffixes, no file over 500 lines", () => {
  const drawers = files.filter(({ path }) =>
    /\/(?:utils?|helpers?|common|misc|index)(?:\.ts|\/)/.test(path)
  );
  assert.deepEqual(drawers.map(({ path }) => path), []);
  const exempt = (path: string) =>
    path.startsWith("src/knowledge/") || path.endsWith("layout.ts") || path.endsWith("_table.ts");
  const long = files.filter(({ path, text }) => !exempt(path) && text.split("\n").length > 500);
  assert.deepEqual(long.map(({ path }) => path), []);
});

Deno.test("every file opens with a sentence about itself", () => {
  const silent = files.filter(({ text }) => !text.startsWith("/**"));
  assert.deepEqual(silent.map(({ path }) => path), []);
});
