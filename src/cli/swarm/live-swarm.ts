import {
  addCost,
  scriptPhases,
  storySpending,
  storyStatusSchema,
  toUsd,
  visibleLine,
  ZERO_SPENDING,
  type EventType,
  type RunEvent,
  type RunRecord,
  type StoryRecord,
  type StoryStatus,
} from '../../domain/index.js';
import {
  familyOf,
  formatDuration,
  formatUsd,
  phaseWords,
  subtaskWord,
} from '../../report/index.js';
import type { RunView, Screen } from '../ralph/run-view.js';

/** What is known of one subtask while it is watched. */
interface Seen {
  readonly startedAt: number | null;
  readonly turns: number;
  readonly tokens: number;
  readonly costMicroUsd: number | null;
  /** What events say of it; undefined while they say nothing. */
  readonly status: StoryStatus | undefined;
  /** What its agent does now; empty between two turns. */
  readonly doing: string;
}

const NOTHING: Seen = {
  startedAt: null,
  turns: 0,
  tokens: 0,
  costMicroUsd: 0,
  status: undefined,
  doing: '',
};
/** Events whose line is worth more than a moment. */
const LASTING: ReadonlySet<EventType> = new Set([
  'run.start',
  'run.end',
  'run.wait',
  'run.pause',
  'run.resume',
  'run.note',
  'baseline.end',
  'merge.end',
  'check.end',
  'story.end',
]);
/** Lines of the tree, however high the terminal is. */
const MOST_LINES = 24;
const DEEPEST = 4;
const MOST_PHASES = 6;
const COLOURS = { done: 32, failed: 31, running: 1, cancelled: 33 } as const;

/** A swarm as it goes on: a tree of its subtasks, those at work first. Texts of models come out visible, one line each. */
export class LiveSwarm implements RunView {
  private readonly seen = new Map<string, Seen>();
  private record: RunRecord | undefined;

  /** Takes in what happened; true when its line stays above the tree. */
  take(event: RunEvent): boolean {
    if (event.story !== undefined)
      this.seen.set(event.story, after(this.seen.get(event.story) ?? NOTHING, event));
    return LASTING.has(event.type);
  }

  /** The tree as it is now; empty while there is no record. */
  lines(record: RunRecord | undefined, { columns, rows }: Screen, now: Date): string[] {
    if (record !== undefined) this.record = this.withNews(record);
    if (this.record === undefined) return [];
    const phases = phasesOf(this.record, Math.max(0, rows - 8));
    const room = Math.max(1, Math.min(MOST_LINES, rows - 4 - phases.length));
    const { shown, hidden } = chosen(this.record, room);
    const depths = depthsOf(this.record.stories);
    const width = Math.min(24, Math.max(4, ...shown.map(({ story }) => story.id.length)));
    return [
      this.title(this.record, now),
      ...phases,
      ...shown.map((entry) =>
        this.line(entry, { width, columns, now, depth: depths.get(entry.story.id) ?? 0 }),
      ),
      ...(hidden === '' ? [] : [`  … ${hidden}`]),
    ].map((line) => cut(line, columns));
  }

  /** A record is written now and then; what began or ended since is told by events. */
  private withNews(record: RunRecord): RunRecord {
    const stories = record.stories.map((entry): StoryRecord => {
      const isOpen = entry.status === 'pending' || entry.status === 'running';
      const status = isOpen ? this.seen.get(entry.story.id)?.status : undefined;
      return status === undefined ? entry : { ...entry, status };
    });
    return { ...record, stories };
  }

  private title(record: RunRecord, now: Date): string {
    const { stories, overhead = ZERO_SPENDING, startedAt, standstill } = record;
    const count = (wanted: string): number =>
      stories.filter((entry) => subtaskWord(entry, false) === wanted).length;
    const failed = count('failed') + count('cancelled');
    const all = stories.map((entry) => this.spent(entry));
    const tokens = all.reduce((sum, one) => sum + one.tokens, tokensOf(overhead));
    const cost = all.reduce((sum, one) => addCost(sum, one.costMicroUsd), overhead.costMicroUsd);
    const word = standstill === null || standstill === undefined ? 'works' : standstill.kind;
    return [
      `${familyOf(record)} ${record.runId.slice(-6)} ${word}: ${count('done')} of ${stories.length} done, ${count('running')} at work${failed === 0 ? '' : `, ${failed} not done`}`,
      `${compact(tokens)} tokens`,
      formatUsd(toUsd(cost)),
      formatDuration(Math.max(0, now.getTime() - Date.parse(startedAt))),
    ].join(' · ');
  }

  private line(
    entry: StoryRecord,
    place: {
      readonly width: number;
      readonly columns: number;
      readonly depth: number;
      readonly now: Date;
    },
  ): string {
    const { story, reason } = entry;
    const { width, depth, now } = place;
    const word = subtaskWord(entry, false);
    const { turns, tokens, costMicroUsd, startedAt, doing } = this.spent(entry);
    const worked = entry.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const ms =
      word === 'running' && startedAt !== null ? Math.max(0, now.getTime() - startedAt) : worked;
    const facts = [
      turns === 0 ? '' : `turn ${turns}`,
      tokens === 0 ? '' : `${compact(tokens)} tokens`,
      costMicroUsd === 0 ? '' : formatUsd(toUsd(costMicroUsd)),
      ms === 0 ? '' : formatDuration(ms),
      word === 'running' ? doing : word === 'failed' ? reason || doing : '',
    ].filter((fact) => fact !== '');
    const branch = depth === 0 ? '' : `${'  '.repeat(Math.min(depth, DEEPEST) - 1)}└ `;
    const text = facts.length === 0 ? visibleLine(story.title) : visibleLine(facts.join(' · '));
    return `  ${branch}${visibleLine(story.id).slice(0, width).padEnd(width)} ${painted(word)} ${text}`;
  }

  /** What the record and the events say; whichever knows more. */
  private spent({ story, ...entry }: StoryRecord): Seen {
    const seen = this.seen.get(story.id) ?? NOTHING;
    const told = storySpending({ story, ...entry });
    const isNewer = tokensOf(told) >= seen.tokens;
    return {
      ...seen,
      turns: Math.max(told.turns, seen.turns),
      tokens: Math.max(tokensOf(told), seen.tokens),
      costMicroUsd: isNewer ? told.costMicroUsd : seen.costMicroUsd,
    };
  }
}

/** The last parts of a script, as many as there is room for. */
function phasesOf(record: RunRecord, room: number): string[] {
  const phases = scriptPhases(record).slice(-Math.min(MOST_PHASES, room));
  const current = record.swarm?.script?.phase;
  return room === 0 ? [] : phases.map((phase) => `  ${phaseWords(phase, phase.title === current)}`);
}

function after(seen: Seen, event: RunEvent): Seen {
  switch (event.type) {
    case 'story.start':
      return { ...seen, status: 'running', startedAt: Date.parse(event.at), doing: '' };
    case 'tool.start':
      return { ...seen, doing: event.text ?? '' };
    case 'tool.end':
      return { ...seen, doing: '' };
    case 'story.end':
      return { ...seen, status: endOf(event), startedAt: null, doing: whyOf(event) };
    case 'model.end':
      return {
        ...seen,
        turns: seen.turns + 1,
        tokens: seen.tokens + numberOf(event, 'tokens'),
        costMicroUsd: addCost(seen.costMicroUsd, costOf(event)),
      };
    default:
      return seen;
  }
}

function endOf({ data }: RunEvent): StoryStatus | undefined {
  return storyStatusSchema.safeParse(data?.['status']).data;
}

/** The words of an end behind its status. */
function whyOf({ text = '' }: RunEvent): string {
  return text.slice(text.indexOf(': ') + 1).trim();
}

function numberOf({ data }: RunEvent, name: string): number {
  const value = data?.[name];
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function costOf(event: RunEvent): number | null {
  return event.data?.['cost_micro_usd'] === null ? null : numberOf(event, 'cost_micro_usd');
}

function tokensOf({ usage }: ReturnType<typeof storySpending>): number {
  return usage.inputTokens + usage.outputTokens;
}

/** In what order subtasks are shown where there is no room for all. */
const RANKS = ['running', 'failed', 'cancelled', 'pending', 'waiting_on_dependency', 'done'];

/** As many subtasks as there is room for, in the order of the plan, and what is left out in words. */
function chosen(
  { stories }: RunRecord,
  room: number,
): { readonly shown: readonly StoryRecord[]; readonly hidden: string } {
  if (stories.length <= room) return { shown: stories, hidden: '' };
  const ranked = stories
    .map((entry, index) => ({ entry, index, word: subtaskWord(entry, false) }))
    .toSorted(
      (one, other) =>
        RANKS.indexOf(one.word) - RANKS.indexOf(other.word) || one.index - other.index,
    );
  const kept = ranked.slice(0, room - 1).toSorted((one, other) => one.index - other.index);
  const left = new Map<string, number>();
  for (const { word } of ranked.slice(room - 1)) left.set(word, (left.get(word) ?? 0) + 1);
  const hidden = [...left].map(([word, count]) => `${count} ${word.replaceAll('_', ' ')}`);
  return { shown: kept.map(({ entry }) => entry), hidden: hidden.join(', ') };
}

/** How many subtasks have to end before each one, in a row. */
function depthsOf(stories: readonly StoryRecord[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  let open = stories.map(({ story }) => story);
  for (let size = -1; open.length > 0 && open.length !== size;) {
    size = open.length;
    open = open.filter(({ id, dependsOn }) => {
      const before = dependsOn.map((dependency) => depths.get(dependency));
      if (before.includes(undefined)) return true;
      depths.set(id, Math.max(-1, ...before.map((depth) => depth ?? 0)) + 1);
      return false;
    });
  }
  return depths;
}

function painted(word: string): string {
  const padded = word.replaceAll('_', ' ').slice(0, 9).padEnd(9);
  const colour = isPainted(word) ? COLOURS[word] : 2;
  return `\u001b[${colour}m${padded}\u001b[0m`;
}

function isPainted(word: string): word is keyof typeof COLOURS {
  return word in COLOURS;
}

function compact(count: number): string {
  if (count < 1000) return String(count);
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** At most so many signs, colours not counted; a longer line would wrap and break the drawing. */
function cut(line: string, columns: number): string {
  let left = columns - 1;
  let kept = '';
  let isColour = false;
  for (const sign of line) {
    isColour ||= sign === '\u001b';
    if (isColour || left > 0) kept += sign;
    if (!isColour) left -= 1;
    if (sign === 'm') isColour = false;
  }
  return kept;
}
