/** Joins the pieces of a stream. */

/** Reads everything into one array; only for what was checked to be small. */
export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    all.push(piece);
    length += piece.length;
  }
  if (all.length === 1) return all[0]!;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of all) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
