/**
 * Which recorded names may become names on a Windows volume. An image is foreign: a name in it may
 * climb out of the destination, open a device or a stream, or fall together with another one.
 * Source: Microsoft, "Naming Files, Paths, and Namespaces".
 */
import { foldCase } from "../../base/mod.ts";

const MAX_NAME = 255;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const SEPARATOR = /[\\/]/;
const FORBIDDEN = /[<>:"|?*]/;
// deno-lint-ignore no-control-regex
const NOT_SHOWN = /[\u0000-\u001f\u007f-\u009f\\/<>:"|?*]/g;
/** With any extension, and with blanks in front of it. ¹²³ count as digits there. */
const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])$/;

/** Why `name` cannot be created in a Windows directory as it is, or undefined. */
export function entryNameProblem(name: string): string | undefined {
  if (name === "") return "its name is empty";
  if (name === "." || name === "..") return `its name "${name}" means another directory`;
  if (CONTROL.test(name)) return "its name holds a control character";
  if (SEPARATOR.test(name)) return "its name holds a path separator";
  const forbidden = FORBIDDEN.exec(name);
  if (forbidden !== null) return `its name holds ${forbidden[0]}, which Windows forbids`;
  if (/[. ]$/.test(name)) return "its name ends in a dot or a blank, which Windows drops";
  if (name.length > MAX_NAME) return `its name is longer than ${MAX_NAME} characters`;
  const base = foldCase(name.split(".")[0]!.trimEnd());
  return DEVICE.test(base) ? `its name is that of the device ${base}` : undefined;
}

/** The name as it is shown in a path: it can neither separate nor climb. */
export function shownName(name: string): string {
  if (name === "" || name === "." || name === "..") return "_".repeat(Math.max(1, name.length));
  return name.replace(NOT_SHOWN, "_");
}
