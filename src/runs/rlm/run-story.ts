import {
  conversationNodeSchema,
  type BlobRef,
  type ConversationNode,
  type Message,
  type RunEvent,
  type RunRecord,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

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
  const messages = await wholeConversation(head, blobs);
  return [
    `=== TRANSCRIPT ${title} ===`,
    ...messages.map((message, index) => `[${index + 1}] ${message.role}: ${textOf(message)}`),
    '',
  ].join('\n');
}

/** Every message of a conversation; where it was shortened, what was dropped comes back and the summary is left out. */
async function wholeConversation(head: BlobRef, blobs: BlobStore): Promise<Message[]> {
  const parts: Message[][] = [];
  let next: BlobRef | null = head;
  while (next !== null) {
    const node: ConversationNode = conversationNodeSchema.parse(
      JSON.parse(await blobs.getText(next)),
    );
    if (node.earlier === undefined) parts.push(node.messages);
    next = node.earlier ?? node.parent;
  }
  return parts.reverse().flat();
}

function textOf(message: Message): string {
  if (message.role !== 'assistant' || message.toolCalls.length === 0) return message.content;
  const calls = message.toolCalls
    .map(({ name, arguments: given }) => `${name}(${given})`)
    .join(' ');
  return message.content === '' ? calls : `${message.content} ${calls}`;
}
