import type { Story, StoryStanding } from '../run/story.js';
import { findConflicts, type PrdPlaces } from './conflicts.js';
import type { Prd } from './prd.js';

/** How a run's stories look after the PRD was read again. */
export interface MergedStories {
  /** Every story of the run and every new one; the run's own list, unchanged, when `problem` is set. */
  readonly stories: readonly Story[];
  /** Ids that the file has and the run did not know. */
  readonly added: readonly string[];
  /** Ids of stories that have not begun and are different now. */
  readonly changed: readonly string[];
  /** Ids that are gone from the file; the run keeps them. */
  readonly removed: readonly string[];
  /** Why the file's stories were not taken over, one sentence; null when they were. */
  readonly problem: string | null;
}

/**
 * Merges a PRD that people edited during a run into the run's stories, by id. Their edits win for everything that has not
 * begun: text, priority, dependencies, verification, and whether it passes. A story that is running or ended keeps what it
 * was started with. New stories come last, removed ones are reported and kept. A result with duplicate ids, unknown
 * dependencies or a cycle is refused as a whole. Workflow-safe; never throws.
 */
export function mergeStories(
  runStories: readonly StoryStanding[],
  fileStories: readonly Story[],
): MergedStories {
  const own = runStories.map(({ story }) => story);
  const known = new Set(own.map(({ id }) => id));
  const inFile = new Map(fileStories.map((story) => [story.id, story]));
  const changed: string[] = [];
  const merged = runStories.map(({ story, status }) => {
    const edited = inFile.get(story.id);
    if (edited === undefined || status !== 'pending' || isSame(story, edited)) return story;
    changed.push(story.id);
    return edited;
  });
  const added = fileStories.filter(({ id }) => !known.has(id));
  const stories = [...merged, ...added];
  const problem =
    inFile.size < fileStories.length
      ? 'two stories of the file have the same id'
      : firstConflict(stories);
  if (problem !== null) return { stories: own, added: [], changed: [], removed: [], problem };
  return {
    stories,
    added: added.map(({ id }) => id),
    changed,
    removed: own.filter(({ id }) => !inFile.has(id)).map(({ id }) => id),
    problem: null,
  };
}

/** Compares values, whatever order a payload or a schema gave the fields. */
function isSame(left: Story, right: Story): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(story: Story): unknown {
  return Object.entries(story).sort(([left], [right]) => (left < right ? -1 : 1));
}

const NOWHERE: PrdPlaces = {
  id: () => ({}),
  nameOf: () => 'another story',
  dependency: () => ({}),
  dependencies: () => ({}),
  branch: () => ({}),
};

function firstConflict(stories: readonly Story[]): string | null {
  const prd: Prd = {
    format: 'codetether',
    project: '',
    feature: '',
    branchName: '',
    stories: [...stories],
    technicalRequirements: [],
    qualityChecks: [],
    notes: [],
  };
  const [first] = findConflicts(prd, {
    ...NOWHERE,
    dependency: (index) => ({ story: stories[index]?.id }),
  });
  if (first === undefined) return null;
  return first.where.story === undefined
    ? first.message
    : `story ${first.where.story} ${first.message}`;
}
