import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createConversationChain,
  type ConversationHead,
} from '../../../../src/activities/model/conversation-chain.js';
import {
  CHECKPOINT_INTERVAL,
  conversationNodeSchema,
  type Message,
} from '../../../../src/domain/agent/conversation.js';
import { type BlobRef } from '../../../../src/domain/blob.js';
import { createBlobStore, type BlobStore } from '../../../../src/platform/storage/blob-store.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chain-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constant('user' as const), content: fc.string({ maxLength: 20 }) }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.string({ maxLength: 20 }),
    toolCalls: fc.array(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 5 }),
        name: fc.string({ maxLength: 5 }),
        arguments: fc.string({ maxLength: 10 }),
      }),
      { maxLength: 2 },
    ),
  }),
);
const growths = fc.array(fc.array(message, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 50,
});

async function grow(blobs: BlobStore, links: readonly Message[][]): Promise<ConversationHead> {
  const chain = createConversationChain(blobs);
  let after: ConversationHead | null = null;
  for (const messages of links) after = await chain.append({ after, messages });
  if (after === null) throw new Error('no links');
  return after;
}

/** A store that counts what is read. */
function counted(blobs: BlobStore): { blobs: BlobStore; reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    blobs: {
      ...blobs,
      getText: (ref: BlobRef) => {
        reads += 1;
        return blobs.getText(ref);
      },
    },
  };
}

describe('the conversation chain', () => {
  it('reads back every message in order, whoever reads it, within one checkpoint interval of blobs', async () => {
    await fc.assert(
      fc.asyncProperty(growths, async (links) => {
        const blobs = createBlobStore(folder);
        const end = await grow(blobs, links);
        const fresh = counted(blobs);
        expect(await createConversationChain(fresh.blobs).read(end.head)).toEqual(links.flat());
        expect(end.depth).toBe(links.length);
        expect(fresh.reads()).toBeLessThanOrEqual(CHECKPOINT_INTERVAL);
      }),
      { numRuns: 20 },
    );
  });

  it('gives the same head for the same conversation, so a retry writes nothing new', async () => {
    await fc.assert(
      fc.asyncProperty(growths, async (links) => {
        const blobs = createBlobStore(folder);
        expect(await grow(blobs, links)).toEqual(await grow(blobs, links));
      }),
      { numRuns: 10 },
    );
  });

  it('does not read its own past while it grows', async () => {
    const { blobs, reads } = counted(createBlobStore(folder));
    const links = Array.from({ length: 45 }, (_, turn): Message[] => [
      { role: 'user', content: `turn ${turn}` },
    ]);
    await grow(blobs, links);
    expect(reads()).toBe(0);
  });

  it('writes a whole checkpoint at every interval and only the new messages between', async () => {
    const blobs = createBlobStore(folder);
    const links = Array.from({ length: CHECKPOINT_INTERVAL }, (_, turn): Message[] => [
      { role: 'user', content: `t${turn}` },
    ]);
    const checkpoint = await grow(blobs, links);
    const between = await grow(blobs, links.slice(1));
    const read = async (ref: BlobRef) =>
      conversationNodeSchema.parse(JSON.parse(await blobs.getText(ref)));
    expect(await read(checkpoint.head)).toMatchObject({ parent: null, messages: links.flat() });
    expect((await read(between.head)).messages).toHaveLength(1);
  });

  it('reads its past again when the memory for conversations is full', async () => {
    const blobs = createBlobStore(folder);
    const chain = createConversationChain(blobs, 1);
    const first = await chain.append({ after: null, messages: [{ role: 'user', content: 'one' }] });
    const second = await chain.append({
      after: first,
      messages: [{ role: 'user', content: 'two' }],
    });
    expect((await chain.read(second.head)).map((each) => each.content)).toEqual(['one', 'two']);
  });

  it('starts over without a parent, one link deeper', async () => {
    const blobs = createBlobStore(folder);
    const end = await grow(blobs, [
      [{ role: 'user', content: 'one' }],
      [{ role: 'user', content: 'two' }],
    ]);
    const restarted = await createConversationChain(blobs).restart(end, [
      { role: 'user', content: 'summary' },
    ]);
    expect(restarted.depth).toBe(3);
    expect(await createConversationChain(blobs).read(restarted.head)).toEqual([
      { role: 'user', content: 'summary' },
    ]);
  });

  it('refuses a blob that is no link', async () => {
    const blobs = createBlobStore(folder);
    const ref = await blobs.put('{"version":9}');
    await expect(createConversationChain(blobs).read(ref)).rejects.toMatchObject({
      code: 'ERR_CONVERSATION_INVALID',
    });
  });
});
