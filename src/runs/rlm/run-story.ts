import {
  CodetetherError,
  isAbsent,
  isPassing,
  keepEnds,
  type AttemptRecord,
  type BlobRef,
  type Evidence,
  type RunEvent,
  type RunRecord,
} from '../../domain/index.js';
import { conversationText, type BlobStore } from '../../platform/index.js';

/** A run as one text, and what is not in it. */
export interface RunStory {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Where a story is read from. */
export interface StorySource {
  readonly blobs: BlobStore;
  /** Characters of everything together. Default: 64 Mi. */
  readonly limit?: number;
}

const EVENT_TEXT = 2000;
/** Characters of everything together: it is in memory as a whole while it is stored. */
const STORY_LIMIT = 64 * 1024 * 1024;
/** Characters of line breaks, and of what says that something was left out. */
const MARK_ROOM = 60;
/** Characters of what one check printed. */
const OUTPUT_LIMIT = 64 * 1024;

/** Everything that is known of a run as one text: what happened, oldest first, then what each agent read and said, and what red checks printed. */
export async function runStory(
  record: RunRecord,
  events: readonly RunEvent[],
  { blobs, limit = STORY_LIMIT }: StorySource,
): Promise<RunStory> {
  const notes = new Set<string>();
  const texts = beginningOf([headLines(record), eventLines(events)], limit, notes);
  const parts = [
    ...(record.baseline?.evidence.filter(isRed) ?? []).map((found) =>
      outputPart('the base', found),
    ),
    ...attemptsOf(record).flatMap(partsOfAttempt),
  ];
  let left = limit - texts.join('\n').length;
  // one after the other: a long run has more conversations than memory should hold twice
  for (const [index, { title, read, most }] of parts.entries()) {
    const heading = `=== ${title} ===`;
    const share = Math.floor(left / (parts.length - index)) - heading.length - MARK_ROOM;
    if (share <= 0) {
      notes.add('some conversations or outputs are left out: there is too much');
      continue;
    }
    const whole = await keptText(() => read(blobs), notes);
    const text = keepEnds(whole, Math.min(share, most));
    if (text !== whole)
      notes.add('of long conversations and outputs, the beginning and the end are read');
    const part = `${heading}\n${text}\n`;
    left -= part.length + 1;
    texts.push(part);
  }
  // an input with zero bytes is taken for no text
  return { text: texts.join('\n').replaceAll('\0', '\uFFFD'), notes: [...notes] };
}

/** What happened, without what agents said: half of everything at most. */
function beginningOf(parts: readonly string[], limit: number, notes: Set<string>): string[] {
  const most = Math.floor(limit / 2 / parts.length) - MARK_ROOM;
  return parts.map((part) => {
    const text = keepEnds(part, most);
    if (text !== part)
      notes.add('of very many stories or events, the beginning and the end are read');
    return text;
  });
}

interface StoryPart {
  readonly title: string;
  readonly most: number;
  readonly read: (blobs: BlobStore) => Promise<string>;
}

interface NamedAttempt {
  readonly id: string;
  readonly attempt: AttemptRecord;
}

/** Oldest first: stories may have been worked on side by side. */
function attemptsOf({ stories }: RunRecord): NamedAttempt[] {
  return stories
    .flatMap(({ story, attempts }) => attempts.map((attempt) => ({ id: story.id, attempt })))
    .toSorted((left, right) => compare(left.attempt.startedAt, right.attempt.startedAt));
}

function partsOfAttempt({ id, attempt }: NamedAttempt): StoryPart[] {
  const { number, outcome, startedAt, endedAt, conversation, evidence } = attempt;
  const name = `${id} attempt ${number}`;
  const title = `TRANSCRIPT ${name}, ${startedAt} to ${endedAt}: ${outcome}`;
  const transcript: StoryPart[] =
    conversation === undefined
      ? []
      : [{ title, most: STORY_LIMIT, read: (blobs) => transcriptOf(conversation, blobs) }];
  return [...transcript, ...evidence.filter(isRed).map((found) => outputPart(name, found))];
}

function isRed(found: Evidence): boolean {
  return !isPassing(found) && !isAbsent(found);
}

function outputPart(where: string, { check, exitCode, output }: Evidence): StoryPart {
  return {
    title: `OUTPUT of check ${oneLine(check)}, ${where}, ${exitCode === null ? 'ended by the engine' : `exit ${exitCode}`}`,
    most: OUTPUT_LIMIT,
    read: (blobs) => blobs.getText(output),
  };
}

/** What is left of rows of a swarm is their answer, which is no conversation. */
async function transcriptOf(head: BlobRef, blobs: BlobStore): Promise<string> {
  try {
    return await conversationText(head, blobs);
  } catch (error) {
    if (error instanceof CodetetherError) throw error;
    return blobs.getText(head);
  }
}

/** What was removed or damaged since is named, and costs nothing else. */
async function keptText(read: () => Promise<string>, notes: Set<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    notes.add('some conversations or outputs are not kept any more');
    return `(not kept: ${oneLine((error as Error).message)})`;
  }
}

function headLines({ runId, kind, status, reason, stories, failure }: RunRecord): string {
  return [
    `=== RUN ${runId}: ${kind}, ${status} ===`,
    oneLine(reason),
    ...(failure === null ? [] : [`failure ${failure.code}: ${oneLine(failure.message)}`]),
    ...stories.map(
      ({ story, status: ended, reason: why, attempts }) =>
        `${story.id} ${ended}, ${attempts.length} attempts: ${oneLine(story.title)}${why === '' ? '' : `; ${oneLine(why)}`}`,
    ),
    '',
  ].join('\n');
}

function eventLines(events: readonly RunEvent[]): string {
  return ['=== EVENTS ===', ...inOrder(events).map(eventLine), ''].join('\n');
}

/** By time; what one workflow raised stays in its order also where the clock was set back, and what has one time as it came. */
function inOrder(events: readonly RunEvent[]): RunEvent[] {
  const latest = new Map<string, string>();
  const timed = events.map((event) => {
    const before = latest.get(event.source) ?? '';
    const at = event.at < before ? before : event.at;
    latest.set(event.source, at);
    return { event, at };
  });
  return timed.toSorted((left, right) => compare(left.at, right.at)).map(({ event }) => event);
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function eventLine({ at, type, story, attempt, turn, text, data }: RunEvent): string {
  return [
    at,
    type,
    story === undefined ? '' : `${story}${attempt === undefined ? '' : `#${attempt}`}`,
    turn === undefined ? '' : `turn ${turn}`,
    oneLine(text ?? ''),
    data === undefined ? '' : oneLine(JSON.stringify(data)),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, EVENT_TEXT);
}
