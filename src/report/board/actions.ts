import { isEnded, type RunRecord, type StoryStatus } from '../../domain/index.js';

/** What a person can do about a story. */
export type StoryAction = 'answer' | 'retry' | 'skip' | 'say' | 'changes';

type Table = Partial<Readonly<Record<StoryStatus, readonly StoryAction[]>>>;

/** What open runs take about a story, by its state; kinds that are not here take nothing. */
const OPEN: Partial<Readonly<Record<RunRecord['kind'], Table>>> = {
  ralph: {
    running: ['say', 'skip', 'changes'],
    pending: ['skip', 'changes'],
    waiting_on_dependency: ['skip', 'changes'],
    blocked: ['answer', 'retry', 'skip', 'changes'],
    failed: ['retry', 'skip', 'changes'],
    skipped: ['retry', 'changes'],
    passed: ['changes'],
    already_satisfied: ['changes'],
    unverified: ['changes'],
  },
  swarm: {
    running: ['say', 'skip'],
    pending: ['skip'],
    waiting_on_dependency: ['retry'],
    blocked: ['retry'],
    failed: ['retry'],
    skipped: ['retry'],
  },
};

/** What a run takes about one of its stories; nothing where it is discarded. Pure. */
export function storyActions(record: RunRecord, status: StoryStatus): readonly StoryAction[] {
  if (record.discardedAt !== undefined) return [];
  if (isEnded(record.status)) return record.kind === 'ralph' ? ['changes'] : [];
  const possible = OPEN[record.kind]?.[status] ?? [];
  // a script decides by itself what is tried again
  return isScript(record) ? possible.filter((action) => action !== 'retry') : possible;
}

/** True where the run takes an answer to what is asked under this name while it waits. Pure. */
export function takesAnswer(record: RunRecord, name: string): boolean {
  const isStory = record.stories.some(({ story }) => story.id === name);
  if (record.kind === 'swarm') return isScript(record) && !isStory;
  return isStory && (record.kind === 'ralph' || record.kind === 'session');
}

function isScript({ swarm }: RunRecord): boolean {
  return swarm?.script !== undefined;
}
