import type { Config } from '../../config/index.js';
import { conversationNodeSchema, type BlobRef, type SessionTurn } from '../../domain/index.js';
import { commandStores } from '../results/command-stores.js';

/** Reads what was said in sessions. */
export interface TranscriptReader {
  /** What the person said; null where it is no longer in the store. */
  prompt(turn: SessionTurn): Promise<string | null>;
  /** What it was answered; empty where nothing was said, null where it is no longer in the store. */
  answer(turn: SessionTurn): Promise<string | null>;
}

/** A reader over the stores of this machine. */
export function openTranscript(config: Config): TranscriptReader {
  const { blobs } = commandStores(config);
  const read = async (ref: BlobRef): Promise<string | null> => blobs.getText(ref).catch(() => null);
  return {
    prompt: ({ prompt }) => read(prompt),
    async answer({ conversation }) {
      if (conversation === null) return '';
      const text = await read(conversation.head);
      if (text === null) return null;
      const node = conversationNodeSchema.safeParse(JSON.parse(text));
      const messages = node.data?.messages ?? [];
      return messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
    },
  };
}
