/**
 * Measures what a technician does with media: inspect a 5 GB image, take a gigabyte out of one,
 * check a WIM, each beside the programs that people use for it.
 */
import { recordedRuns, udfDirectory, udfFile } from "../lab/udf_items.ts";
import { writeUdf } from "../lab/udf_writer.ts";
import { measure, print, printComparison, summarise } from "./measure.ts";

const GIGABYTE = 2 ** 30;
const PIECE = 1 << 20;

/** Runs the measurements with the compiled program and prints them. */
export async function benchMedia(program: string, folder: string, rounds: number): Promise<void> {
  await benchInspect(program, folder, rounds);
  await benchExtract(program, folder, Math.min(rounds, 3));
  await benchVerify(program, folder, Math.min(rounds, 3));
}

async function benchInspect(program: string, folder: string, rounds: number): Promise<void> {
  await print("Inspection of a 5 GB image with 1,043 entries, beside 7z l");
  const content = (length: number) => Uint8Array.from({ length }, (_, index) => index * 7);
  const folders = Array.from({ length: 40 }, (_, number) => {
    const files = Array.from({ length: 25 }, (_, file) => udfFile(`f${file}.dll`, content(3000)));
    return udfDirectory(`folder ${number}`, files);
  });
  const install = { kind: "file", name: "big.bin", runs: recordedRuns(5 * GIGABYTE) } as const;
  const iso = `${folder}/inspect.iso`;
  const items = [
    udfFile("setup.exe", content(90000)),
    udfDirectory("sources", [...folders, install]),
  ];
  await writeUdf(items).image.writeTo(iso);
  const times = {
    ours: [] as number[],
    theirs: [] as number[],
    runtime: [] as number[],
    program: [] as number[],
  };
  for (let round = 0; round <= rounds; round++) {
    const ours = await measure([program, "media", "inspect", iso]);
    const theirs = await measure(["7z", "l", iso]);
    const runtime = await measure([program, "--version"]);
    const loaded = await measure([program, "media", "--help"]);
    if (round === 0) continue;
    times.ours.push(ours.milliseconds);
    times.theirs.push(theirs.milliseconds);
    times.runtime.push(runtime.milliseconds);
    times.program.push(loaded.milliseconds);
  }
  await printComparison({ ours: "media inspect", theirs: "7z l", aim: "under 1" }, times);
  await printStartup(times);
}

/** How much of an inspection is over before the image is opened. */
async function printStartup(
  times: {
    readonly ours: readonly number[];
    readonly runtime: readonly number[];
    readonly program: readonly number[];
  },
): Promise<void> {
  const [whole, runtime, program] = [times.ours, times.runtime, times.program]
    .map((values) => summarise(values).median) as [number, number, number];
  const part = (name: string, value: number) =>
    `  ${name.padEnd(28)} ${value.toFixed(0)} ms, ${(100 * value / whole).toFixed(0)} %`;
  await print(part("  of it the runtime", runtime));
  await print(part("  of it loading the program", program - runtime));
  await print(part("  of it reading the image", whole - program));
}

/** What the extraction promises, with the tools of the system: on the disk, and read back. */
const COPY_AND_CHECK = 'cp "$0" "$1" && sync "$1" && cmp "$0" "$1"';

async function benchExtract(program: string, folder: string, rounds: number): Promise<void> {
  await print("1 GB that cannot be compressed out of an image, beside 7z x and cp");
  const tree = `${folder}/tree`;
  await Deno.mkdir(tree);
  await writeNoise(`${tree}/noise.bin`, GIGABYTE);
  const iso = `${folder}/extract.iso`;
  await measure(["genisoimage", "-quiet", "-udf", "-o", iso, tree]);
  const noise = `${tree}/noise.bin`;
  const times = {
    ours: [] as number[],
    seven: [] as number[],
    copy: [] as number[],
    checked: [] as number[],
  };
  for (let round = 0; round <= rounds; round++) {
    const target = `${folder}/out`;
    const timed = async (line: readonly [string, ...string[]]) => {
      await Deno.mkdir(target);
      const { milliseconds } = await measure(line);
      await Deno.remove(target, { recursive: true });
      return milliseconds;
    };
    const ours = await timed([program, "media", "extract", iso, target]);
    const seven = await timed(["7z", "x", "-y", `-o${target}`, iso]);
    const copy = await timed(["cp", noise, `${target}/noise.bin`]);
    const checked = await timed(["sh", "-c", COPY_AND_CHECK, noise, `${target}/noise.bin`]);
    if (round === 0) continue;
    times.ours.push(ours);
    times.seven.push(seven);
    times.copy.push(copy);
    times.checked.push(checked);
  }
  await printComparison(
    { ours: "media extract (verified)", theirs: "7z x", aim: "near 1" },
    { ours: times.ours, theirs: times.seven },
  );
  await printComparison(
    { ours: "media extract (verified)", theirs: "cp", aim: "under 1.2" },
    { ours: times.ours, theirs: times.copy },
  );
  await printComparison(
    { ours: "media extract (verified)", theirs: "cp, sync, cmp", aim: "under 1.2" },
    { ours: times.ours, theirs: times.checked },
  );
  await Deno.remove(iso);
  await Deno.remove(tree, { recursive: true });
}

/** Bytes of which 64 KB at a time are random: more than any window of a packer. */
async function writeNoise(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const piece = new Uint8Array(PIECE);
  for (let written = 0; written < size; written += PIECE) {
    for (let at = 0; at < PIECE; at += 65536) {
      crypto.getRandomValues(piece.subarray(at, at + 65536));
    }
    for (let rest = piece; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
}

async function benchVerify(program: string, folder: string, rounds: number): Promise<void> {
  await print("Check of an LZX WIM with 256 MB, beside wimverify");
  const tree = `${folder}/wim-tree`;
  await Deno.mkdir(tree);
  await writeProgramLike(`${tree}/programs.bin`, 256 * PIECE);
  const wim = `${folder}/install.wim`;
  await measure(["wimcapture", tree, wim, "Lab", "--compress=LZX:20"]);
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const ours = await measure([program, "media", "verify", wim]);
    const theirs = await measure(["wimverify", wim]);
    if (round === 0) continue;
    times.ours.push(ours.milliseconds);
    times.theirs.push(theirs.milliseconds);
  }
  const names = { ours: "media verify", theirs: "wimverify", aim: "as near to 1 as can be had" };
  await printComparison(names, times);
}

/** The running program over and over, each copy with a few bytes changed. */
async function writeProgramLike(path: string, size: number): Promise<void> {
  const program = await Deno.readFile(Deno.execPath());
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let written = 0; written < size; written += PIECE) {
    const start = (written * 3) % (program.length - PIECE);
    const piece = program.slice(start, start + PIECE);
    piece[written % PIECE] = piece[written % PIECE]! ^ 0xff;
    for (let rest = piece; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
}
