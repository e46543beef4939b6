/** Reading what may be damaged: a diagnosis goes on with what is left. */
import { FormatError } from "../base/mod.ts";

/** What `read` gives, or undefined if it is damaged; the check of the hives tells the damage. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
