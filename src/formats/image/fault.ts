/** An error of the readers as a sentence and a place. */
import { FormatError, MedicError } from "../../base/mod.ts";

/** What went wrong, without the offset at the end of the sentence. */
export interface Fault {
  readonly message: string;
  readonly offset: number | undefined;
}

/** Turns damage and refusals into a fault; every other error is ours or the machine's and goes on. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof FormatError) && !isRefusal(error)) throw error;
  const offset = error instanceof FormatError ? error.offset : undefined;
  const tail = offset === undefined ? "" : ` at offset 0x${offset.toString(16)}`;
  const { message } = error;
  return {
    message: tail !== "" && message.endsWith(tail) ? message.slice(0, -tail.length) : message,
    offset,
  };
}

function isRefusal(error: unknown): error is MedicError {
  return error instanceof MedicError && error.code === "refused";
}
