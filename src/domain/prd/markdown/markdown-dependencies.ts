import { firstLine, paragraphs } from '../fields.js';
import type { LineNote, MarkdownStory } from './markdown-story.js';

/** Characters of a sentence in a note. */
const NOTE_LIMIT = 80;

/** What the dependencies of a text's stories are checked against. */
export interface DependencyContext {
  readonly byId: ReadonlyMap<string, MarkdownStory>;
  /** By title in small letters; undefined for a title that stands twice. */
  readonly byTitle: ReadonlyMap<string, MarkdownStory | undefined>;
  /** True where the file is one story, so that the others are other files. */
  readonly isOneStory: boolean;
}

/** See {@link DependencyContext}, for the stories of one file. */
export function dependencyContext(
  stories: readonly MarkdownStory[],
  isOneStory: boolean,
): DependencyContext {
  const byId = new Map<string, MarkdownStory>();
  const byTitle = new Map<string, MarkdownStory | undefined>();
  for (const entry of stories) {
    const title = entry.story.title.toLowerCase();
    if (!byId.has(entry.story.id)) byId.set(entry.story.id, entry);
    byTitle.set(title, byTitle.has(title) ? undefined : entry);
  }
  return { byId, byTitle, isOneStory };
}

/**
 * The story with its dependencies as ids of the file: ids and titles. Sentences become part of its text, with a note, and so
 * do the stories of other files and what is not worked on. Unknown ids stay, for the search for conflicts.
 */
export function withKnownDependencies(
  entry: MarkdownStory,
  context: DependencyContext,
): MarkdownStory {
  const { story, dependencyLine: line } = entry;
  const kept: string[] = [];
  const told: string[] = [];
  const notes: LineNote[] = [];
  for (const written of story.dependsOn) {
    const meaning = meaningOf(written, entry, context);
    if (meaning.id !== undefined) kept.push(meaning.id);
    if (meaning.isSentence) told.push(written);
    if (meaning.remark !== '') notes.push({ line, message: meaning.remark, items: 0 });
  }
  const text = told.length === 0 ? '' : `Depends on: ${told.join('; ')}`;
  return {
    ...entry,
    story: {
      ...story,
      dependsOn: [...new Set(kept)],
      description: paragraphs([story.description, text]),
    },
    notes: [...entry.notes, ...notes],
  };
}

interface Meaning {
  readonly id: string | undefined;
  readonly isSentence: boolean;
  readonly remark: string;
}

function meaningOf(
  written: string,
  { story }: MarkdownStory,
  { byId, byTitle, isOneStory }: DependencyContext,
): Meaning {
  const named = byId.get(written) ?? byTitle.get(written.toLowerCase());
  if (named !== undefined && named.leftOutBy !== null)
    return {
      id: undefined,
      isSentence: false,
      remark: `depends on ${named.story.id}, which is not worked on: left out`,
    };
  if (named !== undefined && !(isOneStory && named.story.id === story.id))
    return { id: named.story.id, isSentence: false, remark: '' };
  if (isOneStory)
    return {
      id: undefined,
      isSentence: true,
      remark: `waits for ${firstLine(written, NOTE_LIMIT)}, which this file does not hold: see to it that it is done`,
    };
  if (/\s/.test(written))
    return {
      id: undefined,
      isSentence: true,
      remark: `"${firstLine(written, NOTE_LIMIT)}" is no story of this file: it is part of the text of ${story.id}, and no order`,
    };
  return { id: written, isSentence: false, remark: '' };
}
