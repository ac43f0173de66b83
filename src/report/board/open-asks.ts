import type { EventType, RunEvent } from '../../domain/index.js';

/** What an agent asks at this moment, and waits for. */
export interface OpenAsk {
  readonly story: string;
  /** `approval` = a call that needs a yes. */
  readonly kind: 'question' | 'approval';
  readonly text: string;
  /** The call that asks, by which its end is known; null in logs of earlier versions. */
  readonly call: string | null;
  /** ISO 8601. */
  readonly since: string;
}

/** Open questions of a run, by story and call. */
export type OpenAsks = ReadonlyMap<string, OpenAsk>;

/** What ends one question. */
const CLOSED: ReadonlySet<EventType> = new Set([
  'question.answer',
  'question.default',
  'question.park',
  'permission.answer',
  'permission.deny',
]);

/** What ends every question of a story. */
const OVER: ReadonlySet<EventType> = new Set(['story.end', 'attempt.end']);

/** The open questions after further events. Pure. */
export function asksAfter(asks: OpenAsks, events: readonly RunEvent[]): OpenAsks {
  const open = new Map(asks);
  for (const event of events) {
    const story = event.story ?? event.source;
    if (event.type === 'question.ask' || event.type === 'permission.ask')
      open.set(keyOf(story, callOf(event)), askOf(story, event));
    else if (event.type === 'run.end') open.clear();
    else if (CLOSED.has(event.type) || OVER.has(event.type)) close(open, story, event);
  }
  return open;
}

function close(open: Map<string, OpenAsk>, story: string, event: RunEvent): void {
  for (const [key, ask] of open) if (ask.story === story && ends(event, ask)) open.delete(key);
}

/** Whether an event of the same story ends a question. */
function ends(event: RunEvent, ask: OpenAsk): boolean {
  const { type } = event;
  if (OVER.has(type)) return true;
  const call = callOf(event);
  // of a call that rules refuse while another one waits for its yes
  if (type === 'permission.deny') return call !== undefined && call === ask.call;
  // a story of earlier versions is set aside without a word of the call
  if (call === undefined) return ask.call === null || type === 'question.park';
  return call === ask.call || (ask.call === null && type.startsWith('question.'));
}

function callOf({ data }: RunEvent): string | undefined {
  const call = data?.['call'];
  return typeof call === 'string' ? call : undefined;
}

function keyOf(story: string, call: string | undefined): string {
  return call === undefined ? story : `${story}\n${call}`;
}

function askOf(story: string, event: RunEvent): OpenAsk {
  const { type, text, data, at } = event;
  const whole = data?.['question'];
  return {
    story,
    kind: type === 'permission.ask' ? 'approval' : 'question',
    text: typeof whole === 'string' ? whole : (text ?? ''),
    call: callOf(event) ?? null,
    since: at,
  };
}
