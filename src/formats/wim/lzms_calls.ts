/**
 * LZMS's x86 filter: relative addresses in places that look like machine code were made absolute
 * before compression. What looks like code is found by the same rule on both sides: two
 * references to one address near each other.
 *
 * Source: wimlib's LZMS notes.
 */

/** Two references to an address this near make the second one credible. */
const NEAR = 65535;
/** So far behind a credible instruction addresses are translated; half of it for CALL. */
const REACH = 1023;
/** No instruction begins in the last sixteen bytes. */
const TAIL = 16;

/** 1 for each first byte that {@linkcode opcodeSize} must look at. */
const FIRST_BYTES = new Uint8Array(256);
for (const byte of [0x48, 0x4c, 0xe8, 0xe9, 0xf0, 0xff]) FIRST_BYTES[byte] = 1;

/** Undoes the filter in chunks; keeps its table between them. */
export class CallFilter {
  /** Where each address (its low 16 bits) was referenced last. */
  readonly #lastUse = new Int32Array(0x10000);

  /** Turns absolute addresses back into relative ones, in place. */
  undo(chunk: Uint8Array): void {
    const lastUse = this.#lastUse.fill(-NEAR - 1);
    const end = chunk.length - TAIL;
    let credible = -REACH - 1;
    // The very first byte is never looked at.
    for (let at = 1; at < end;) {
      const first = chunk[at]!;
      if (FIRST_BYTES[first] === 0) {
        at++;
        continue;
      }
      const size = opcodeSize(chunk, at);
      if (size === 0) {
        at += first === 0xe9 ? 5 : 1;
        continue;
      }
      const address = at + size;
      if (at - credible <= (first === 0xe8 ? REACH >> 1 : REACH)) subtract(chunk, { address, at });
      const target = at + (chunk[address]! | chunk[address + 1]! << 8) & 0xffff;
      const last = address + 3;
      if (last - lastUse[target]! <= NEAR) credible = last;
      lastUse[target] = last;
      at = address + 4;
    }
  }
}

/**
 * Length of an opcode that is followed by a relative address, or 0. With REX.W: LEA, and MOV with
 * some restrictions; then CALL, CALL indirect and LOCK ADD. JMP (0xE9) only hides what it covers.
 */
function opcodeSize(chunk: Uint8Array, at: number): number {
  const second = chunk[at + 1]!, third = chunk[at + 2]!;
  switch (chunk[at]) {
    case 0xe8:
      return 1;
    case 0xff:
      return second === 0x15 ? 2 : 0;
    case 0xf0:
      return second === 0x83 && third === 0x05 ? 3 : 0;
    case 0x48:
    case 0x4c: {
      if ((third & 7) !== 5) return 0;
      const load = second === 0x8b && chunk[at] === 0x48 && (third & 0xf0) === 0;
      return second === 0x8d || load ? 3 : 0;
    }
    default:
      return 0;
  }
}

function subtract(
  chunk: Uint8Array,
  { address, at }: { readonly address: number; readonly at: number },
): void {
  const value = (chunk[address]! | chunk[address + 1]! << 8 | chunk[address + 2]! << 16 |
    chunk[address + 3]! << 24) - at;
  chunk[address] = value;
  chunk[address + 1] = value >> 8;
  chunk[address + 2] = value >> 16;
  chunk[address + 3] = value >> 24;
}
