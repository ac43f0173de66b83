import type { EventType, RunEvent } from '../../domain/index.js';

/** What an agent asks at this moment, and waits for. */
export interface OpenAsk {
  readonly story: string;
  /** `approval` = a call that needs a yes. */
  readonly kind: 'question' | 'approval';
  readonly text: string;
  /** ISO 8601. */
  readonly since: string;
}

/** Open questions of a run by story. */
export type OpenAsks = ReadonlyMap<string, OpenAsk>;

const ANSWERED: ReadonlySet<EventType> = new Set([
  'question.answer',
  'question.default',
  'question.park',
  'permission.answer',
  'permission.deny',
  'story.end',
  'attempt.end',
]);

/** The open questions after further events. Pure. */
export function asksAfter(asks: OpenAsks, events: readonly RunEvent[]): OpenAsks {
  const open = new Map(asks);
  for (const event of events) {
    const story = event.story ?? event.source;
    if (event.type === 'question.ask' || event.type === 'permission.ask')
      open.set(story, askOf(story, event));
    else if (event.type === 'run.end') open.clear();
    else if (ANSWERED.has(event.type)) open.delete(story);
  }
  return open;
}

function askOf(story: string, { type, text, data, at }: RunEvent): OpenAsk {
  const whole = data?.['question'];
  return {
    story,
    kind: type === 'permission.ask' ? 'approval' : 'question',
    text: typeof whole === 'string' ? whole : (text ?? ''),
    since: at,
  };
}
