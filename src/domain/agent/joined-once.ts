/** `known` and what is new of `more`, each once by all of its fields, and no more than `most`: the first ones. Pure. */
export function joinedOnce<Note extends Readonly<Record<string, string>>>(
  known: readonly Note[],
  more: readonly Note[],
  most: number,
): Note[] {
  const notes = new Map<string, Note>();
  for (const note of [...known, ...more]) {
    const key = JSON.stringify(
      note,
      Object.keys(note).toSorted((a, b) => (a < b ? -1 : 1)),
    );
    if (!notes.has(key)) notes.set(key, note);
  }
  return [...notes.values()].slice(0, most);
}
