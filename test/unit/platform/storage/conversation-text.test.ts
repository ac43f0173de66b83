import { describe, expect, it } from 'vitest';
import {
  createConversationChain,
  type ConversationChain,
  type ConversationHead,
} from '../../../../src/activities/model/conversation-chain.js';
import { CHECKPOINT_INTERVAL, type Message } from '../../../../src/domain/agent/conversation.js';
import { conversationText } from '../../../../src/platform/storage/conversation-text.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';

const says = (content: string): Message => ({ role: 'user', content });

/** Says `from` to `to`, a link each. */
async function grow(
  chain: ConversationChain,
  after: ConversationHead | null,
  [from, to]: readonly [number, number],
): Promise<ConversationHead> {
  let head = after;
  for (let number = from; number <= to; number += 1)
    head = await chain.append({ after: head, messages: [says(`fact ${number}`)] });
  if (head === null) throw new Error('nothing was said');
  return head;
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, index) => `[${index + 1}] user: fact ${index + 1}`).join('\n');

describe('the text of a conversation', () => {
  it.each([1, CHECKPOINT_INTERVAL - 1, CHECKPOINT_INTERVAL, 3 * CHECKPOINT_INTERVAL + 1])(
    'holds what was dropped, once, %i links after each time that it was shortened',
    async (links) => {
      const blobs = new MemoryBlobs();
      // one that has just started has nothing in memory
      const chain = (): ConversationChain => createConversationChain(blobs);
      let head = await grow(chain(), null, [1, 30]);
      head = await chain().restart(head, [says('summary'), says('fact 30')]);
      head = await grow(chain(), head, [31, 30 + links]);
      head = await chain().restart(head, [says('summary of both')]);
      head = await grow(chain(), head, [31 + links, 30 + 2 * links]);
      expect(await conversationText(head.head, blobs)).toBe(numbered(30 + 2 * links));
    },
  );

  it('is the same whether the process that goes on has it in memory or reads it', async () => {
    const blobs = new MemoryBlobs();
    const warm = createConversationChain(blobs);
    let head = await grow(warm, null, [1, 5]);
    head = await warm.restart(head, [says('summary')]);
    head = await grow(warm, head, [6, 60]);
    expect(await conversationText(head.head, blobs)).toBe(numbered(60));
    const next = await createConversationChain(blobs).append({
      after: head,
      messages: [says('fact 61')],
    });
    expect(await conversationText(next.head, blobs)).toBe(numbered(61));
  });
});
