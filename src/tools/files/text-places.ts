/** Places in one file that are looked for; of more than these, one more is found. */
export const MAX_MATCHES = 100_000;

/** Where `wanted` stands in a text, in order, never overlapping; at most one place more than {@link MAX_MATCHES}. */
export function findAll(
  text: string,
  wanted: string,
  isMatch: (at: number) => boolean = () => true,
): number[] {
  const starts: number[] = [];
  if (wanted === '') return starts;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    if (isMatch(at)) starts.push(at);
    if (starts.length > MAX_MATCHES) break;
  }
  return starts;
}
