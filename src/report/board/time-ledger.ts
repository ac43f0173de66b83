import {
  type EventType,
  type RunEvent,
  type RunRecord,
  isBudgetReason,
} from '../../domain/index.js';

/** Where the time of a run went. */
export type TimeUse =
  /** A model answered. */
  | 'model'
  /** The engine ran checks. */
  | 'checks'
  /** Tools ran, or a story was worked on between calls. */
  | 'working'
  /** An agent waited for a word of a person. */
  | 'waiting for an answer'
  | 'waiting for budget'
  | 'paused'
  /** A provider, network, key or disk did not answer. */
  | 'waiting for a service'
  /** Nothing of all that: preparation, and what is between stories. */
  | 'between';

/** In which order what goes on at once counts: a paid call in flight is never shown as waiting. */
const ORDER: readonly TimeUse[] = [
  'model',
  'checks',
  'working',
  'waiting for an answer',
  'waiting for budget',
  'paused',
  'waiting for a service',
  'between',
];

/** The whole time of a run, every moment counted once. */
export interface TimeLedger {
  readonly wall_ms: number;
  /** Uses that took time, in the order of {@link TimeUse}; they add up to the whole. */
  readonly parts: readonly { readonly use: TimeUse; readonly ms: number }[];
}

interface Span {
  readonly use: TimeUse | 'story';
  readonly from: number;
  readonly to: number;
}

/** Adds up where the time of a run went, up to `now` while it is open. Pure. */
export function timeLedger(
  { startedAt, endedAt }: Pick<RunRecord, 'startedAt' | 'endedAt'>,
  events: readonly RunEvent[],
  now: Date,
): TimeLedger {
  const from = Date.parse(startedAt);
  const to = Math.max(from, endedAt === null ? now.getTime() : Date.parse(endedAt));
  const spans = spansOf(events, to)
    .map((span) => ({ ...span, from: Math.max(from, span.from), to: Math.min(to, span.to) }))
    .filter((span) => span.from < span.to);
  const sums = new Map<TimeUse, number>();
  for (const { use, ms } of segments(spans, { from, to })) sums.set(use, (sums.get(use) ?? 0) + ms);
  const parts = ORDER.flatMap((use) => {
    const ms = sums.get(use) ?? 0;
    return ms === 0 ? [] : [{ use, ms }];
  });
  return { wall_ms: to - from, parts };
}

/** The time cut at every beginning and end, each piece with its strongest use. */
function* segments(
  spans: readonly Span[],
  whole: { readonly from: number; readonly to: number },
): Generator<{ use: TimeUse; ms: number }> {
  const edges = spans
    .flatMap(({ use, from, to }) => [
      { at: from, use, change: 1 },
      { at: to, use, change: -1 },
    ])
    .toSorted((left, right) => left.at - right.at);
  const active = new Map<Span['use'], number>();
  let at = whole.from;
  for (const edge of edges) {
    if (edge.at > at) yield { use: strongest(active), ms: edge.at - at };
    at = edge.at;
    active.set(edge.use, (active.get(edge.use) ?? 0) + edge.change);
  }
  if (whole.to > at) yield { use: 'between', ms: whole.to - at };
}

function strongest(active: ReadonlyMap<Span['use'], number>): TimeUse {
  const isOn = (use: Span['use']): boolean => (active.get(use) ?? 0) > 0;
  const found = ORDER.find(isOn);
  // a story in whose course nothing else is known is worked on
  return found ?? (isOn('story') ? 'working' : 'between');
}

/** Spans that began and have not ended, by who they are about. */
type Begun = Map<string, { readonly use: Span['use']; readonly from: number }>;

function spansOf(events: readonly RunEvent[], end: number): Span[] {
  const spans: Span[] = [];
  const begun: Begun = new Map();
  const finish = (key: string, to: number): void => {
    const open = begun.get(key);
    if (open === undefined) return;
    spans.push({ ...open, to });
    begun.delete(key);
  };
  // those of several agents are written down in turns
  const inOrder = events.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
  for (const event of inOrder) {
    const at = Date.parse(event.at);
    if (Number.isNaN(at)) continue;
    const measured = measuredUse(event);
    if (measured !== undefined) spans.push({ use: measured.use, from: at - measured.ms, to: at });
    for (const key of endedBy(event, begun)) finish(key, at);
    const start = begunBy(event);
    if (start !== undefined && !begun.has(start.key))
      begun.set(start.key, { use: start.use, from: at });
  }
  for (const key of begun.keys()) finish(key, end);
  return spans;
}

function measuredUse({ type, data }: RunEvent): { use: TimeUse; ms: number } | undefined {
  const ms = data?.['duration_ms'];
  if (typeof ms !== 'number' || !(ms > 0)) return undefined;
  if (type === 'model.end' || type === 'compaction.end') return { use: 'model', ms };
  if (type === 'check.end') return { use: 'checks', ms };
  return type === 'tool.end' ? { use: 'working', ms } : undefined;
}

function begunBy(event: RunEvent): { key: string; use: Span['use'] } | undefined {
  const who = event.story ?? event.source;
  switch (event.type) {
    case 'story.start':
      return { key: `story ${who}`, use: 'story' };
    case 'setup.start':
      return { key: `setup ${who}`, use: 'working' };
    case 'baseline.start':
      return { key: 'baseline', use: 'checks' };
    case 'check.start':
      return { key: `checks ${who}`, use: 'checks' };
    case 'question.ask':
    case 'permission.ask':
      return { key: `ask ${who}`, use: 'waiting for an answer' };
    case 'run.pause':
      return {
        key: 'pause',
        use: isBudgetReason(event.text ?? '') ? 'waiting for budget' : 'paused',
      };
    case 'run.wait':
      return waitOf(event);
    default:
      return undefined;
  }
}

function waitOf({ text = '', data }: RunEvent): { key: string; use: TimeUse } {
  const isAsking = /: asks: /.test(text);
  const who = data?.['who'];
  return {
    key: `wait ${typeof who === 'string' ? who : ''}`,
    use: isAsking ? 'waiting for an answer' : 'waiting for a service',
  };
}

const WORKS_AGAIN = ': works again';

/** What about one story, or whoever speaks, is over with an event of a kind. */
const OVER: Partial<Readonly<Record<EventType, readonly string[]>>> = {
  'story.end': ['story', 'setup', 'checks', 'ask'],
  'setup.end': ['setup'],
  'check.end': ['checks', 'setup'],
  'commit.end': ['checks', 'setup'],
  'attempt.end': ['checks', 'setup'],
  'question.answer': ['ask'],
  'question.default': ['ask'],
  'question.park': ['ask'],
  'permission.answer': ['ask'],
  'permission.deny': ['ask'],
};

function endedBy(event: RunEvent, begun: Begun): string[] {
  const who = event.story ?? event.source;
  switch (event.type) {
    case 'baseline.end':
      return ['baseline', ...[...begun.keys()].filter((key) => key.startsWith('setup '))];
    case 'run.resume':
      return resumedBy(event.text ?? '', begun);
    case 'run.end':
      return [...begun.keys()];
    default:
      return (OVER[event.type] ?? []).map((what) => `${what} ${who}`);
  }
}

/** One who waited works again, or a person lets the run go on. */
function resumedBy(text: string, begun: Begun): string[] {
  if (text.endsWith(WORKS_AGAIN)) return [`wait ${text.slice(0, -WORKS_AGAIN.length)}`];
  if (text === 'works again') return [...begun.keys()].filter((key) => key.startsWith('wait '));
  return ['pause'];
}
