import fuzzysort from 'fuzzysort';
import type { Menu, MenuEntry } from '../state/view-state.js';

/** Entries of a list. */
const MOST_ENTRIES = 50;

/** Entries that match words, the best first; all where there are no words. Pure. */
export function matching(entries: readonly MenuEntry[], words: string): readonly MenuEntry[] {
  if (words.trim() === '') return entries.slice(0, MOST_ENTRIES);
  return fuzzysort
    .go(words, entries, { key: 'label', limit: MOST_ENTRIES, threshold: 0.2 })
    .map(({ obj }) => obj);
}

/** A list of what matches; null where nothing does. Pure. */
export function menuOf(
  kind: Menu['kind'],
  entries: readonly MenuEntry[],
  words: string,
): Menu | null {
  const found = matching(entries, words);
  return found.length === 0 ? null : { kind, entries: found, chosen: 0 };
}

/** Texts as entries of a list. Pure. */
export function entriesOf(values: readonly string[]): MenuEntry[] {
  return values.map((value) => ({ value, label: value, detail: '' }));
}
