import { conversationNodeSchema, type BlobRef } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** The last thing that the agent of a conversation said: the newest link holds it. Empty when it said nothing. */
export async function lastAnswer(conversation: BlobRef, blobs: BlobStore): Promise<string> {
  const node = conversationNodeSchema.parse(JSON.parse(await blobs.getText(conversation)));
  const message = node.messages.findLast(({ role }) => role === 'assistant');
  return message?.content ?? '';
}
