import { mergeStories, type RunRecord, type StoryRecord } from '../../domain/index.js';
import type { RunState } from './run-state.js';

/**
 * Takes over what people write into the PRD during the run, by story id: edits and new stories count, a story that is gone is
 * skipped, one that was ticked by hand has passed. A file that is no good any more is told once and left alone.
 */
export class PrdWatch {
  private readonly state: RunState;
  private digest = '';
  /** Stories that the file has or had; one that was added by request cannot be removed from it. */
  private readonly ofFile: Set<string>;

  constructor(state: RunState) {
    this.state = state;
    this.ofFile = new Set(state.input.stories.map((story) => story.id));
  }

  /** Looks at the file; cheap when it did not change. */
  async refresh(): Promise<void> {
    const { state } = this;
    const { prdPath } = state.input;
    const isFirst = this.digest === '';
    const seen = await state.steps.run('refreshPrd', {
      who: 'record',
      summary: 'what people wrote into the PRD',
      args: { prdPath, digest: this.digest },
    });
    this.digest = seen.digest;
    if (seen.problem !== null) this.tell(`the PRD is left as it was: ${seen.problem}`);
    if (seen.stories === null) return;
    const { stories } = state.record;
    const merged = mergeStories(stories, seen.stories);
    if (merged.problem !== null) return this.tell(`the PRD is left as it was: ${merged.problem}`);
    for (const { id } of seen.stories) this.ofFile.add(id);
    const removed = merged.removed.filter((id) => this.ofFile.has(id));
    const added = merged.stories.slice(stories.length).map(openEntry);
    const next = stories.map((entry, index) =>
      edited(entry, merged.stories[index] ?? entry.story, removed),
    );
    state.record = withMoreIterations(
      { ...state.record, stories: [...next, ...added] },
      added.length,
    );
    // The plan may be older than the file, so what differs at the first look is no edit of this run.
    if (isFirst && added.length === 0) return;
    this.tellChanges('added', merged.added);
    this.tellChanges('changed', merged.changed);
    this.tellChanges(
      'removed',
      removed.filter((id) => this.wasOpen(stories, id)),
    );
  }

  private wasOpen(stories: readonly StoryRecord[], id: string): boolean {
    return stories.some((entry) => entry.story.id === id && entry.status === 'pending');
  }

  private tellChanges(what: string, ids: readonly string[]): void {
    if (ids.length > 0) this.tell(`${ids.join(', ')}: ${what} in the PRD during the run`);
  }

  private tell(text: string): void {
    const { state } = this;
    state.events.add('run.note', { text });
    state.record = { ...state.record, notes: [...state.record.notes, text] };
  }
}

function openEntry(story: StoryRecord['story']): StoryRecord {
  return story.passes
    ? { story, status: 'passed', commit: null, attempts: [], reason: 'passed by hand in the PRD' }
    : { story, status: 'pending', commit: null, attempts: [], reason: '' };
}

function edited(
  entry: StoryRecord,
  story: StoryRecord['story'],
  removed: readonly string[],
): StoryRecord {
  if (entry.status !== 'pending') return entry;
  if (removed.includes(story.id))
    return { ...entry, status: 'skipped', reason: 'removed from the PRD' };
  if (story.passes && !entry.story.passes)
    return { ...entry, story, status: 'passed', reason: 'passed by hand in the PRD' };
  return { ...entry, story };
}

function withMoreIterations(record: RunRecord, stories: number): RunRecord {
  const { options } = record;
  const maxIterations = options.maxIterations + stories * options.maxAttempts;
  return { ...record, options: { ...options, maxIterations } };
}
