/**
 * The text without any of `characters` at its ends. Patterns such as `/x+$/` look quadratic times at a long run that is not
 * at the end; this looks once. Pure.
 */
export function trimOf(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text.charAt(start))) start += 1;
  return trimEndOf(text.slice(start), characters);
}

/** {@link trimOf} for the end alone. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
