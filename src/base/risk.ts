/** What an action can do to the target. It comes from the arguments: `chkdsk` reads, `chkdsk /f` writes. */
export type Risk = "reads" | "reversible" | "irreversible";

const RANK: Readonly<Record<Risk, number>> = { reads: 0, reversible: 1, irreversible: 2 };

/** The worse of two risks. */
export function worseRisk(a: Risk, b: Risk): Risk {
  return RANK[a] >= RANK[b] ? a : b;
}

/** Says whether `risk` goes beyond `limit`. */
export function exceedsRisk(risk: Risk, limit: Risk): boolean {
  return RANK[risk] > RANK[limit];
}
