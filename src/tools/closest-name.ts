const MAX_SUGGESTIONS = 3;
/** Below this two names have too little in common to be worth suggesting. */
const MIN_SIMILARITY = 0.4;
/** No file system has longer names. */
const LONGEST_NAME = 255;
/** A suggestion is not worth more looking. */
const MOST_NAMES = 5000;

/** Up to three of `names` that look most like `wanted`, best first. */
export function closestNames(wanted: string, names: readonly string[]): string[] {
  const word = wanted.slice(0, LONGEST_NAME).toLowerCase();
  return names
    .slice(0, MOST_NAMES)
    .map((name) => ({
      name,
      score: similarity(word, name.slice(0, LONGEST_NAME).toLowerCase()),
    }))
    .filter((candidate) => candidate.score >= MIN_SIMILARITY)
    .toSorted((left, right) => right.score - left.score)
    .slice(0, MAX_SUGGESTIONS)
    .map((candidate) => candidate.name);
}

/** Likeness of two texts from 0 to 1: Dice coefficient of their letter pairs; 1 when equal. */
export function similarity(left: string, right: string): number {
  if (left === right) return 1;
  if (left.length < 2 || right.length < 2) return 0;
  const pairs = new Map<string, number>();
  for (let index = 0; index + 2 <= left.length; index += 1) {
    const pair = left.slice(index, index + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let shared = 0;
  for (let index = 0; index + 2 <= right.length; index += 1) {
    const pair = right.slice(index, index + 2);
    const remaining = pairs.get(pair) ?? 0;
    if (remaining > 0) {
      shared += 1;
      pairs.set(pair, remaining - 1);
    }
  }
  return (2 * shared) / (left.length + right.length - 2);
}
