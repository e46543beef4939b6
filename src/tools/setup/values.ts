/** Checks of the values that go onto a command line which nobody sees before it runs. */
import { RefusalError, UsageError } from "../../base/mod.ts";

/** What Windows forbids in a file name, quotes and line ends among it. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[<>"|?*\u0000-\u001f]/;

/**
 * A native, absolute path on a local volume, without a separator at its end.
 *
 * @throws {UsageError} for anything else. `option` names what it is for.
 * @throws {RefusalError} for a path on the network: Setup restarts without it.
 */
export function localPath(option: string, path: string): string {
  if (/^[\\/]{2}/.test(path)) {
    throw new RefusalError(`Cannot use "${path}" for ${option}: it is a network or device path`);
  }
  const rest = /^[A-Za-z]:\\(.*)$/s.exec(path)?.[1];
  const names = rest?.split("\\") ?? [];
  if (
    rest === undefined || FORBIDDEN.test(rest) || /[:/%]/.test(rest) ||
    names.some((name) => name === ".." || name === "." || /[. ]$/.test(name))
  ) {
    throw new UsageError(`Cannot use "${path}" for ${option}: it is not a full local path`, {
      next: "Give a path such as C:\\PEMedic\\media",
    });
  }
  return path.length > 3 ? path.replace(/\\+$/, "") : path;
}

/**
 * A local path whose name ends in one of these.
 *
 * @throws {UsageError} if it does not.
 */
export function localFile(option: string, path: string, endings: readonly string[]): string {
  const checked = localPath(option, path);
  const name = checked.split("\\").at(-1)?.toLowerCase() ?? "";
  if (endings.some((ending) => name.endsWith(ending))) return checked;
  throw new UsageError(`Cannot use "${path}" for ${option}: it is no ${endings.join(" or ")} file`);
}

/** Letters and digits that product keys are written with, `N` for the newer ones. */
const PRODUCT_KEY = /^[BCDFGHJKMNPQRTVWXY2346789]{5}(?:-[BCDFGHJKMNPQRTVWXY2346789]{5}){4}$/;

/**
 * A product key in upper case.
 *
 * @throws {UsageError} for another shape; the message does not hold what was given.
 */
export function productKey(text: string): string {
  const key = text.trim().toUpperCase();
  if (PRODUCT_KEY.test(key)) return key;
  throw new UsageError("Cannot use the product key: it is not five groups of five characters");
}

/** What stands in the place of a product key wherever people or logs see it. */
export const HIDDEN_KEY = "*****-*****-*****-*****-*****";

/** The text with every product key in it hidden, whatever it is part of. */
export function hideProductKeys(text: string): string {
  return text.replace(
    /(?<![A-Za-z0-9])[A-Za-z0-9]{5}(?:-[A-Za-z0-9]{5}){4}(?![A-Za-z0-9])/g,
    HIDDEN_KEY,
  );
}

/**
 * The number of an image.
 *
 * @throws {UsageError} for anything but a whole number from 1.
 */
export function imageNumber(index: number): string {
  if (Number.isInteger(index) && index >= 1 && index <= 0xffff) return String(index);
  throw new UsageError(`Cannot use image ${index}: images are counted from 1`);
}

/**
 * A drive letter: `D` for `d`, `D:` and `D:\`.
 *
 * @throws {UsageError} for anything else.
 */
export function driveLetter(option: string, text: string): string {
  const letter = /^([A-Za-z]):?\\?$/.exec(text)?.[1]?.toUpperCase();
  if (letter !== undefined) return letter;
  throw new UsageError(`Cannot use "${text}" for ${option}: it is no drive letter`);
}
