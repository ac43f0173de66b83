import type { KnownItems } from './dependencies.js';
import type { ReadItem } from './item.js';

/** What the items of one document are known by. */
export function knownItems(items: readonly ReadItem[]): KnownItems {
  const titles = new Map<string, string>();
  const twice = new Set<string>();
  for (const { story } of items) {
    if (titles.has(story.title)) twice.add(story.title);
    titles.set(story.title, story.id);
  }
  for (const title of twice) titles.delete(title);
  const ids = (isLeftOut: boolean): Set<string> =>
    new Set(
      items
        .filter(({ leftOutBy }) => (leftOutBy !== null) === isLeftOut)
        .map(({ story }) => story.id),
    );
  return { ids: ids(false), leftOut: ids(true), byTitle: titles };
}
