/** The frame of dism: banner, bar, error block, and the log file with fixed columns. */
import { formatExitCode } from "../../../src/base/mod.ts";
import { encodeOem, writeOem } from "./console_writer.ts";
import { DISM_TEXTS, dismErrorText, type DismTexts } from "./dism_texts.ts";
import type { LabRun, LabStep } from "./lab_run.ts";

/** What dism says at its end. */
export class DismFailure extends Error {
  readonly code: number;

  /** `code` as printed; `text` where it is not the usual one of the code. */
  constructor(code: number, text?: string) {
    super(text ?? dismErrorText(code));
    this.code = code;
  }
}

/** Prints and logs for one call. */
export class DismConsole {
  readonly #run: LabRun;
  readonly #logPath: string | undefined;
  readonly #logLines: string[] = [];
  readonly texts: DismTexts;
  /** The last step stands on the current line: what follows is glued to it. */
  #barOpen = false;

  constructor(run: LabRun, options: { readonly english: boolean; readonly logPath?: string }) {
    const { state } = run.context;
    const english = options.english && state.ignoresEnglish !== true;
    this.#run = run;
    this.#logPath = options.logPath;
    this.texts = DISM_TEXTS[english ? "en-US" : state.language];
    this.log("Info", "DISM.EXE: <----- Starting Dism.exe session ----->");
    this.log("Info", `DISM.EXE: Dism.exe version: ${state.dismVersion}`);
    this.log("Info", `DISM.EXE: Executing command line: dism ${run.arguments.join(" ")}`);
  }

  async write(text: string): Promise<void> {
    await writeOem(this.#run.context, text);
  }

  async banner(): Promise<void> {
    const { title, version } = this.texts;
    await this.write(`\n${title}\n${version}: ${this.#run.context.state.dismVersion}\n\n`);
  }

  async imageVersion(version: string): Promise<void> {
    await this.write(`${this.texts.imageVersion}: ${version}\n\n`);
    const line = `Target image information: OS Version=${version}, Image architecture=amd64`;
    this.log("Info", `DISM.EXE: ${line}`);
  }

  /** The steps of a bar that stands at these percentages. */
  steps(percentages: readonly number[], pauseMs: number): LabStep[] {
    return percentages.map((percent) => ({ print: () => this.#bar(percent), pauseMs }));
  }

  /** Sentences at the end of a command. */
  async say(...sentences: readonly string[]): Promise<void> {
    this.#barOpen = false;
    await this.write(sentences.map((sentence) => `${sentence}\n`).join(""));
  }

  async error(failure: DismFailure): Promise<void> {
    const hex = (failure.code >>> 0).toString(16).padStart(8, "0").toUpperCase();
    const { texts } = this;
    this.log("Error", `DISM Package Manager: PID=1200 TID=1204 Failed. (hr:0x${hex})`);
    this.log("Error", `DISM.EXE: The command line was processed but failed. HRESULT=${hex}`);
    const text = texts === DISM_TEXTS["en-US"] ? failure.message : texts.error;
    const start = this.#barOpen ? "\n\n" : "\n";
    await this.write(
      `${start}${texts.error}: ${formatExitCode(failure.code)}\n\n${text}\n\n` +
        `${texts.log}${this.#logPath ?? "X:\\windows\\Logs\\DISM\\dism.log"}\n`,
    );
  }

  log(level: "Info" | "Error", text: string): void {
    const second = String(this.#logLines.length % 60).padStart(2, "0");
    this.#logLines.push(`2026-01-15 11:00:${second}, ${level.padEnd(22)}DISM   ${text}`);
  }

  /** Writes the log file, in which a session ends however the command ended. */
  async close(): Promise<void> {
    this.log("Info", "DISM.EXE: Image session has been closed. Reboot required=no.");
    this.log("Info", "DISM.EXE: <----- Ending Dism.exe session ----->");
    if (this.#logPath === undefined) return;
    const log = await this.#run.context.files.openAppend(this.#logPath);
    await log.append(
      new TextEncoder().encode(this.#logLines.map((line) => `${line}\r\n`).join("")),
    );
    await log.close();
  }

  async #bar(percent: number): Promise<void> {
    const { state } = this.#run.context;
    const step = `\r[${dismBar(percent, state.dismCells)}] `;
    this.#barOpen = state.dismProgress === "rewriting";
    const text = this.#barOpen ? step : `${step}\r\n`;
    await this.#run.context.write(encodeOem(text, state.language));
  }
}

/** The cells of the bar, with the number written over its middle. */
export function dismBar(percent: number, cells: number): string {
  const number = `${percent.toFixed(1)}%`;
  const filled = "=".repeat(Math.floor(percent * cells / 100)).padEnd(cells);
  const at = cells / 2 - (number.length > 5 ? 3 : 2);
  return filled.slice(0, at) + number + filled.slice(at + number.length);
}
