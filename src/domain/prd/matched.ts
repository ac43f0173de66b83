/** The groups of a match by their number; a group that took no part is empty. */
export type Groups = (group: number) => string;

/** Matches a text; undefined where the pattern does not. */
export function matched(pattern: RegExp, text: string): Groups | undefined {
  const match = pattern.exec(text);
  return match === null ? undefined : (group) => match[group] ?? '';
}
