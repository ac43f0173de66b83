import { paragraphs } from '../fields.js';
import type { LineNote, MarkdownStory } from './markdown-story.js';

/** What the dependencies of a text's stories are checked against. */
export interface DependencyContext {
  /** All stories of the file. */
  readonly stories: readonly MarkdownStory[];
  /** True where the file is one story, so that the others are other files. */
  readonly isOneStory: boolean;
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
  { stories, isOneStory }: DependencyContext,
): Meaning {
  const named =
    stories.find(({ story: other }) => other.id === written) ?? titledOnce(written, stories);
  const nothing = { id: undefined, isSentence: false };
  if (named?.leftOutBy != null)
    return {
      ...nothing,
      remark: `depends on ${named.story.id}, which is not worked on: left out`,
    };
  if (named !== undefined && !(isOneStory && named.story.id === story.id))
    return { id: named.story.id, isSentence: false, remark: '' };
  if (isOneStory)
    return {
      id: undefined,
      isSentence: true,
      remark: `waits for ${written}, which this file does not hold: see to it that it is done`,
    };
  if (/\s/.test(written))
    return {
      id: undefined,
      isSentence: true,
      remark: `"${written}" is no story of this file: it is part of the text of ${story.id}, and no order`,
    };
  return { id: written, isSentence: false, remark: '' };
}

function titledOnce(written: string, stories: readonly MarkdownStory[]): MarkdownStory | undefined {
  const wanted = written.toLowerCase();
  const found = stories.filter(({ story }) => story.title.toLowerCase() === wanted);
  return found.length === 1 ? found[0] : undefined;
}
