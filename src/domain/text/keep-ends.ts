/** Head and tail of a long text with a note in between. Pure. */
export function keepEnds(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  // nothing from the end is no `slice(-0)`, which is everything
  const tail = half === 0 ? '' : text.slice(-half);
  return `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters left out …]\n${tail}`;
}
