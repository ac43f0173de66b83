import {
  conversationNodeSchema,
  type BlobRef,
  type ConversationNode,
  type Message,
} from '../../domain/index.js';
import type { BlobStore } from './blob-store.js';

/**
 * A whole conversation as text, each message behind its number and who said it, also what was dropped when it was shortened. Zero bytes
 * that a model wrote are U+FFFD: an input with them is taken for no text.
 */
export async function conversationText(head: BlobRef, blobs: BlobStore): Promise<string> {
  const messages = await wholeConversation(head, blobs);
  return messages
    .map((message, index) => `[${index + 1}] ${message.role}: ${textOf(message)}`)
    .join('\n')
    .replaceAll('\0', '\uFFFD');
}

/** Every message of a conversation; where it was shortened, what was dropped comes back and the summary is left out. */
async function wholeConversation(head: BlobRef, blobs: BlobStore): Promise<Message[]> {
  const parts: Message[][] = [];
  let next: BlobRef | null = head;
  while (next !== null) {
    const node: ConversationNode = conversationNodeSchema.parse(
      JSON.parse(await blobs.getText(next)),
    );
    const { earlier, shortened, messages, parent } = node;
    if (earlier === undefined) parts.push(messages.slice(shortened?.messages ?? 0));
    next = earlier ?? shortened?.earlier ?? parent;
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
