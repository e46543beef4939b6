/** `media verify`: which files of media are damaged, and how much could be checked at all. */
import { count, ExitCode, formatBytes, wrap } from "../base/mod.ts";
import {
  type CheckedCounts,
  type MediaDamage,
  type MediaVerification,
  verifyMedia,
} from "../kit/mod.ts";
import type { CommandContext } from "./context.ts";
import { createPrinter } from "./printer.ts";
import { quoted } from "./registry_path.ts";
import { interruptibleReading } from "./run_repair.ts";
import { transferProgress, type Transferred } from "./transfer_progress.ts";

/** Verifies media and tells the outcome. */
export async function verifyMediaCommand(
  context: CommandContext,
  path: string,
  sha256: string | undefined,
): Promise<number> {
  const { host, output } = context;
  const printer = await createPrinter(context);
  const relax = host.keepAwake();
  try {
    const verification = await interruptibleReading(context, printer, (signal) => {
      let progress = (_: Transferred) => {};
      return verifyMedia(host, path, {
        signal,
        ...(sha256 === undefined ? {} : { sha256 }),
        stage: (title) => {
          printer.end();
          printer.begin(title);
          progress = transferProgress(host.clock, printer);
        },
        progress: (transferred) => progress(transferred),
      });
    });
    const sound = verification.damaged.length === 0;
    output.document({
      ...verification,
      sha256: verification.sha256 ?? null,
      whole: isWhole(verification),
    });
    output.result(renderVerification(verification));
    if (sound) return ExitCode.ok;
    const next = `Copy or download it again, then: pemedic media verify ${quoted(path)}`;
    output.talk(wrap(next, { first: "Next: ", indent: "      " }));
    return ExitCode.problemsFound;
  } finally {
    relax();
  }
}

/** Null if no damage was found, but not everything could be checked: notes tell what was not. */
function isWhole({ damaged, unchecked, notes, sha256 }: MediaVerification): boolean | null {
  if (damaged.length > 0) return false;
  if (sha256 !== undefined) return true;
  return unchecked.files === 0 && notes.length === 0 ? true : null;
}

/** Lines of a list that fit a screen; the document of `--json` has them all. */
const SHOWN = 20;

function renderVerification(verification: MediaVerification): string {
  const { place, damaged, notes, checked } = verification;
  const verdict = damaged.length === 0
    ? `${place}: nothing damaged found in what could be checked`
    : `${place}: ${count(damaged.length, "problem")} found; do not use it as a source`;
  const lines = [wrap(verdict, { indent: "  ", first: "" })];
  for (const damage of damaged.slice(0, SHOWN)) lines.push(...renderDamage(damage));
  if (damaged.length > SHOWN) lines.push(`  and ${damaged.length - SHOWN} more (--json lists all)`);
  for (const note of notes.slice(0, SHOWN)) {
    lines.push(wrap(note, { first: "  note: ", indent: "        " }));
  }
  if (notes.length > SHOWN) lines.push(`  and ${count(notes.length - SHOWN, "more note")}`);
  lines.push(wrap(`Checked: ${renderCounts(checked)}`, { indent: "  ", first: "" }));
  const { unchecked } = verification;
  if (unchecked.files > 0) {
    lines.push(wrap(renderUnchecked(verification), { indent: "  ", first: "" }));
  }
  return lines.join("\n");
}

function renderDamage({ file, reason, inside }: MediaDamage): string[] {
  const lines = [wrap(`${file}: ${reason}`, { first: "  damaged: ", indent: "    " })];
  for (const name of inside.slice(0, SHOWN)) {
    lines.push(wrap(`image ${name.replace(":", ", ")}`, { first: "    - ", indent: "      " }));
  }
  if (inside.length > SHOWN) lines.push(`    - and ${count(inside.length - SHOWN, "more file")}`);
  return lines;
}

function renderUnchecked({ kind, unchecked: { files, bytes } }: MediaVerification): string {
  const what = `Not checked: ${count(files, "file")} (${formatBytes(bytes)}) ` +
    `${files === 1 ? "has" : "have"} no hash`;
  if (kind === "folder") return `${what}; copy them from an ISO that was compared with --sha256`;
  const file = kind === "iso" ? "ISO" : "file";
  return `${what}; compare the whole ${file} with --sha256`;
}

function renderCounts({ entries, contents, ranges, listed, bytes }: CheckedCounts): string {
  return [
    entries === 0 ? undefined : `the records of ${count(entries, "file")} and folders`,
    contents === 0 ? undefined : `${count(contents, "content")} of Windows images by SHA-1`,
    ranges === 0 ? undefined : `${count(ranges, "range")} of integrity tables`,
    listed === 0 ? undefined : `${count(listed, "file")} of SHA256SUMS`,
    `${formatBytes(bytes)} hashed`,
  ].filter((part) => part !== undefined).join(", ");
}
