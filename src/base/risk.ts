/** What an action can do to the target. It comes from the arguments: `chkdsk` reads, `chkdsk /f` writes. */
export type Risk = "reads" | "reversible" | "irreversible";

const RANK: Readonly<Record<Risk, number>> = { reads: 0, reversible: 1, irreversible: 2 };

/** Says whether `risk` goes beyond `limit`. */
export function exceedsRisk(risk: Risk, limit: Risk): boolean {
  return RANK[risk] > RANK[limit];
}
