import {
  addCost,
  isSatisfied,
  storySpending,
  visibleLine,
  type RunRecord,
  type StoryRecord,
  type StoryStatus,
} from '../../domain/index.js';
import { formatDuration, formatUsd } from '../../report/index.js';
import { paint, type Role, type Theme } from './theme.js';

/** How deep a story is shown below those that it waits for. */
const DEEPEST = 4;

const MARKS: Readonly<Record<StoryStatus, readonly [string, Role]>> = {
  pending: ['○', 'faint'],
  running: ['●', 'accent'],
  passed: ['✓', 'good'],
  unverified: ['✓', 'good'],
  failed: ['✗', 'bad'],
  already_satisfied: ['✓', 'good'],
  blocked: ['?', 'warning'],
  waiting_on_dependency: ['○', 'faint'],
  skipped: ['-', 'faint'],
};

/** A run as a board: its stories or subtasks below those that they wait for, with attempts and cost. Pure. */
export function runBoard(record: RunRecord, theme: Theme, now: Date): string[] {
  const { stories, status, standstill, startedAt, endedAt, runId } = record;
  const until = endedAt === null ? now.getTime() : Date.parse(endedAt);
  const took = formatDuration(Math.max(0, until - Date.parse(startedAt)));
  const done = stories.filter((entry) => isSatisfied(entry.status));
  const head = `${record.kind} ${runId} ${status} · ${done.length} of ${stories.length} · ${took} · ${costOf(stories)}`;
  const why =
    standstill === null || standstill === undefined
      ? []
      : [paint(theme, 'warning', visibleLine(standstill.reason))];
  return [paint(theme, 'strong', visibleLine(head)), ...why, ...stories.map(lineOf(record, theme))];
}

function costOf(stories: readonly StoryRecord[]): string {
  const cost = stories.reduce<number | null>(
    (sum, entry) => addCost(sum, storySpending(entry).costMicroUsd),
    0,
  );
  return cost === null ? 'cost unknown' : formatUsd(cost);
}

function lineOf({ stories }: RunRecord, theme: Theme): (entry: StoryRecord) => string {
  const parents = new Map(stories.map(({ story }) => [story.id, story.dependsOn] as const));
  const depthOf = (id: string, seen: number): number => {
    const above = parents.get(id) ?? [];
    return above.length === 0 || seen >= DEEPEST
      ? seen
      : Math.max(...above.map((parent) => depthOf(parent, seen + 1)));
  };
  return ({ story, status, attempts, reason }) => {
    const [mark, role] = MARKS[status];
    const indent = '  '.repeat(depthOf(story.id, 0));
    const tries = attempts.length > 1 ? ` (attempt ${attempts.length})` : '';
    const why =
      reason === '' || status === 'pending' ? '' : paint(theme, 'faint', ` ${visibleLine(reason)}`);
    return `${indent}${paint(theme, role, mark)} ${visibleLine(story.id)} ${visibleLine(story.title)}${tries}${why}`;
  };
}
