import type { BlobRef, RunEvent, RunRecord } from '../../domain/index.js';
import { conversationText, type BlobStore } from '../../platform/index.js';

const EVENT_TEXT = 2000;

/** Everything that is known of a run as one text: what happened, oldest first, then what each agent read and said. */
export async function runStory(
  record: RunRecord,
  events: readonly RunEvent[],
  blobs: BlobStore,
): Promise<string> {
  const transcripts = await Promise.all(
    record.stories.flatMap(({ story, attempts }) =>
      attempts.flatMap(({ number, conversation }) =>
        conversation === undefined
          ? []
          : [transcript(`${story.id} attempt ${number}`, conversation, blobs)],
      ),
    ),
  );
  return [headLines(record), eventLines(events), ...transcripts].join('\n');
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
  const sorted = events.toSorted((left, right) =>
    left.at === right.at ? left.seq - right.seq : left.at < right.at ? -1 : 1,
  );
  return [
    '=== EVENTS ===',
    ...sorted.map(({ at, type, story, attempt, turn, text, data }) =>
      [
        at,
        type,
        story === undefined ? '' : `${story}${attempt === undefined ? '' : `#${attempt}`}`,
        turn === undefined ? '' : `turn ${turn}`,
        oneLine(text ?? ''),
        data === undefined ? '' : oneLine(JSON.stringify(data)),
      ]
        .filter((part) => part !== '')
        .join(' '),
    ),
    '',
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, EVENT_TEXT);
}

async function transcript(title: string, head: BlobRef, blobs: BlobStore): Promise<string> {
  return `=== TRANSCRIPT ${title} ===\n${await conversationText(head, blobs)}\n`;
}
