import type { EventType, RunEvent } from '../../domain/index.js';

/** What {@link pageEvent} keeps the text of: why a run stands still, and what is asked. */
const SPOKEN: ReadonlySet<EventType> = new Set([
  'run.pause',
  'run.resume',
  'run.wait',
  'question.ask',
  'permission.ask',
]);

/** Where time goes and who waits is told by these, too. */
const COUNTED: ReadonlySet<EventType> = new Set([
  'run.end',
  'story.start',
  'story.end',
  'attempt.end',
  'setup.start',
  'setup.end',
  'baseline.start',
  'baseline.end',
  'check.start',
  'check.end',
  'commit.end',
  'model.end',
  'compaction.end',
  'tool.end',
  'question.answer',
  'question.default',
  'question.park',
  'permission.answer',
  'permission.deny',
]);

const FACTS = ['duration_ms', 'who', 'question', 'call'];

/** What the page of a run needs of an event; undefined = nothing. A log may be long, and is never held whole. Pure. */
export function pageEvent({
  source,
  seq,
  type,
  at,
  story,
  text,
  data,
}: RunEvent): RunEvent | undefined {
  const isSpoken = SPOKEN.has(type);
  if (!isSpoken && !COUNTED.has(type)) return undefined;
  const facts = Object.entries(data ?? {}).filter(([name]) => FACTS.includes(name));
  return {
    source,
    seq,
    type,
    at,
    ...(story === undefined ? {} : { story }),
    ...(isSpoken && text !== undefined ? { text } : {}),
    ...(facts.length === 0 ? {} : { data: Object.fromEntries(facts) }),
  };
}
