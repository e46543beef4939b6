/** The name that somebody who mistyped one may have meant. */

/** The closest of the names, or undefined if none is close. Case does not count. */
export function closestName(typed: string, names: Iterable<string>): string | undefined {
  const wanted = typed.toUpperCase();
  let best: string | undefined;
  let distance = Math.max(2, Math.floor(typed.length / 3)) + 1;
  for (const name of names) {
    const steps = editSteps(wanted, name.toUpperCase(), distance);
    if (steps >= distance) continue;
    best = name;
    distance = steps;
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein); `limit` if it is that many or more. */
function editSteps(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
