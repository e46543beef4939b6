/** A lab with the simulators, and the tools' own builders and parsers on the other side. */
import { type ConsoleEvent, decodeConsole, type ToolInvocation } from "../../../src/base/mod.ts";
import { createLab, type MemoryLab } from "../mod.ts";
import { codePageOf, type LabState, runSimulator, type SimulatorContext } from "./mod.ts";

/** Where dism works in these tests. */
export const DISM_PLACE = {
  image: "D:\\",
  scratch: "E:\\scratch",
  logPath: "E:\\dism.log",
} as const;

/** Where sfc works in these tests. */
export const SFC_PLACE = { volume: "D:\\", logPath: "E:\\sfc.log" } as const;

/** A finished call. */
export interface Simulated {
  readonly exitCode: number;
  readonly output: string;
  readonly errorOutput: "";
  readonly durationMs: number;
  /** As written, piece by piece. */
  readonly pieces: readonly Uint8Array[];
  /** Native paths that the ledger names. */
  readonly changed: readonly string[];
}

/** A lab with a scratch folder on the stick. */
export async function simulatedLab(state: Partial<LabState> = {}): Promise<MemoryLab> {
  const lab = await createLab({ state });
  lab.files.putDirectory(DISM_PLACE.scratch);
  lab.files.forgetOperations();
  return lab;
}

/** Runs an invocation and decodes what it printed. */
export async function simulate(
  lab: MemoryLab,
  call: Pick<ToolInvocation, "tool" | "arguments" | "encoding"> & {
    readonly answer?: string;
    readonly program?: string;
  },
): Promise<Simulated> {
  const pieces: Uint8Array[] = [];
  const context: SimulatorContext = {
    files: lab.files,
    ...(call.program === undefined ? {} : { program: call.program }),
    state: lab.state,
    saveState: () => Promise.resolve(),
    write: (bytes) => {
      pieces.push(bytes);
      return Promise.resolve();
    },
    pause: () => Promise.resolve(),
    hang: () => Promise.reject(new SimulatedHang()),
    ask: () => Promise.resolve(call.answer),
  };
  const exitCode = await runSimulator(call.tool, call.arguments, context);
  const codePage = codePageOf(lab.state.language);
  return {
    exitCode,
    output: decodeConsole(joined(pieces), { encoding: call.encoding, codePage }),
    errorOutput: "",
    durationMs: 0,
    pieces,
    changed: lab.state.ledger.at(-1)?.changed ?? [],
  };
}

/** What a hang becomes here, so that a test can see it. */
export class SimulatedHang extends Error {}

/** The kinds and texts of events, for comparisons. */
export function eventTexts(events: readonly ConsoleEvent[]): string[] {
  return events.map((event) => event.text);
}

/** All pieces in one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
