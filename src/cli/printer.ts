/**
 * Shows long work: a progress bar on a console, plain lines with the elapsed time without
 * one, JSON Lines with `--json`. One event stream, three printers.
 */
import { wrap } from "../base/mod.ts";
import type { ToolProgress } from "../base/mod.ts";
import { describeChange, type LadderEvent } from "../ladder/mod.ts";
import { renderFinding } from "../report/mod.ts";
import type { CommandContext } from "./context.ts";

/** Shows one piece of work after the other. */
export interface Printer {
  begin(title: string): void;
  progress(progress: ToolProgress): void;
  quiet(silentMs: number): void;
  end(): void;
}

/** Seconds between two plain lines of the same work. */
const PLAIN_LINE_SECONDS = 15;

/** The printer that fits the surroundings. */
export async function createPrinter(context: CommandContext): Promise<Printer> {
  const { host, output } = context;
  if (!output.json && host.terminal.interactive) {
    const { LivePrinter } = await import("./live_printer.ts");
    return new LivePrinter(context);
  }
  return new PlainPrinter(context);
}

/** Elapsed time for people: `0:07`, `12:40`, `1:02:03`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => index === 0 ? String(part) : String(part).padStart(2, "0"))
    .join(":");
}

/** What is said when a tool has been silent for long. */
export function quietText(silentMs: number): string {
  return `no output for ${
    formatElapsed(silentMs)
  }; it may still work: PE Medic does not end it (Ctrl-C does)`;
}

/** One line when work begins, one every ten percent or quarter of a minute, none at its end. */
class PlainPrinter implements Printer {
  readonly #context: CommandContext;
  #title = "";
  #began = 0;
  #lastPercent = 0;
  #lastLine = 0;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  begin(title: string): void {
    this.#title = title;
    this.#began = this.#lastLine = this.#now();
    this.#lastPercent = 0;
    this.#context.output.talk(`... ${title}`);
  }

  progress(progress: ToolProgress): void {
    const { percent } = progress;
    const now = this.#now();
    const last = this.#lastPercent;
    const stepped = percent !== undefined &&
      (percent >= last + 10 || percent >= 100 && last < 100); // the end is told, however near
    const waited = now - this.#lastLine >= PLAIN_LINE_SECONDS * 1000;
    if (!stepped && !waited) return;
    this.#lastPercent = percent ?? this.#lastPercent;
    this.#lastLine = now;
    const shown = percent === undefined ? progress.message ?? "at work" : `${Math.floor(percent)}%`;
    const more = progress.pace === undefined ? "" : `, ${progress.pace}`;
    this.#context.output.talk(
      `    ${shown.padEnd(5)} after ${formatElapsed(now - this.#began)}${more}`,
    );
  }

  quiet(silentMs: number): void {
    this.#context.output.talk(wrap(quietText(silentMs), { first: "    ", indent: "      " }));
  }

  end(): void {
    // Without a console nothing stays on the screen that would have to be cleared.
  }

  #now(): number {
    return this.#context.host.clock.monotonicMs();
  }
}

/** Turns ladder events into talk, through a printer. */
export function ladderListener(
  context: CommandContext,
  printer: Printer,
): (event: LadderEvent) => void {
  const { output } = context;
  return (event) => {
    output.event(event);
    switch (event.type) {
      case "session-started":
        return output.talk(
          `${event.resumed ? "Going on with session" : "Session"} ${event.session}`,
        );
      case "check-started":
        return printer.begin(event.question);
      case "step-started":
      case "work-started":
        return printer.begin(event.title);
      case "verifying":
        return printer.begin("Verifying");
      case "progress":
        return printer.progress(event.progress);
      case "quiet":
        return printer.quiet(event.silentMs);
      case "change-made":
        printer.end();
        if (event.change.kind === "file-created" && !("origin" in event.change)) return;
        return output.talk(
          wrap(
            `${event.change.kind === "tool-ran" ? "ran" : "done"}: ${describeChange(event.change)}`,
            { first: "    ", indent: "      " },
          ),
        );
      case "finding":
        printer.end();
        return output.talk(renderFinding(event.finding, { evidence: 0 }));
      case "step-finished":
        printer.end();
        output.talk(wrap(`${event.outcome}: ${event.reason}`, { first: "    ", indent: "      " }));
        return;
      case "notice":
        printer.end();
        return output.talk(wrap(`note: ${event.text}`, { first: "    ", indent: "      " }));
      case "session-finished":
        return printer.end();
    }
  };
}
