import { LRUCache } from 'lru-cache';
import {
  CHECKPOINT_INTERVAL,
  conversationNodeSchema,
  InvariantError,
  type BlobRef,
  type ConversationNode,
  type Message,
} from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';

/** Where a conversation stands: its newest link and how many links there are. */
export interface ConversationHead {
  readonly head: BlobRef;
  readonly depth: number;
}

/** Messages to add behind `after` (null = start a conversation). */
export interface ConversationGrowth {
  readonly after: ConversationHead | null;
  readonly messages: readonly Message[];
}

/** Conversations as chains of blobs: reading, growing, starting over. */
export interface ConversationChain {
  /** Every message up to `head`, oldest first. */
  read(head: BlobRef): Promise<readonly Message[]>;
  /** Writes one link (every {@link CHECKPOINT_INTERVAL}th holds all messages) and returns it once it is on disk. */
  append(growth: ConversationGrowth): Promise<ConversationHead>;
  /** Starts over with `messages` as a link without parent, one deeper than `after`. */
  restart(after: ConversationHead, messages: readonly Message[]): Promise<ConversationHead>;
}

/** Assembled conversations kept in memory: at most so many bytes of text, so that many agents cost little each. */
const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;

/** Conversation chains in `blobs`, with the latest assembled ones kept so that a turn does not read its own past. */
export function createConversationChain(
  blobs: BlobStore,
  cacheBytes = DEFAULT_CACHE_BYTES,
): ConversationChain {
  const recent = createRecentConversations(cacheBytes);

  const load = async (head: BlobRef): Promise<Conversation> => {
    const known = recent.get(head.digest);
    if (known !== undefined) return known;
    const loaded = await assemble(blobs, head);
    recent.set(head.digest, loaded);
    return loaded;
  };

  const write = async (node: ConversationNode, whole: Conversation): Promise<ConversationHead> => {
    const head = await blobs.put(JSON.stringify(node));
    const bytes = node.parent === null ? head.bytes : whole.bytes + head.bytes;
    recent.set(head.digest, { ...whole, bytes });
    return { head, depth: node.depth };
  };

  return {
    async read(head) {
      return (await load(head)).messages;
    },
    async append({ after, messages }) {
      const before: Conversation =
        after === null ? { messages: [], bytes: 0 } : await load(after.head);
      const depth = (after?.depth ?? 0) + 1;
      const whole: Conversation = { ...before, messages: [...before.messages, ...messages] };
      const isCheckpoint = after === null || depth % CHECKPOINT_INTERVAL === 0;
      const node: ConversationNode = isCheckpoint
        ? { version: 1, parent: null, depth, messages: [...whole.messages], ...markOf(whole) }
        : { version: 1, parent: after.head, depth, messages: [...messages] };
      const written = await write(node, whole);
      // The parent is not read again, except by a retry, which can read it from the blobs.
      if (after !== null) recent.delete(after.head.digest);
      return written;
    },
    async restart(after, messages) {
      const node: ConversationNode = {
        version: 1,
        parent: null,
        depth: after.depth + 1,
        messages: [...messages],
        earlier: after.head,
      };
      return write(node, { messages, bytes: 0, shortened: shortenedBy(node) });
    },
  };
}

async function assemble(blobs: BlobStore, head: BlobRef): Promise<Conversation> {
  const nodes: ConversationNode[] = [];
  let next: BlobRef | null = head;
  let bytes = 0;
  while (next !== null) {
    const node: ConversationNode = parseNode(await blobs.getText(next), next);
    nodes.push(node);
    bytes += next.bytes;
    next = node.parent;
  }
  const oldest = nodes.at(-1);
  return {
    messages: nodes.reverse().flatMap((node) => node.messages),
    bytes,
    shortened: oldest === undefined ? undefined : shortenedBy(oldest),
  };
}

/** What a root or a checkpoint says of the conversation before it was shortened. */
function shortenedBy({
  earlier,
  messages,
  shortened,
}: ConversationNode): ConversationNode['shortened'] {
  return earlier === undefined ? shortened : { earlier, messages: messages.length };
}

/** A checkpoint takes the place of the links before it, also of what they say of what was dropped. */
function markOf({ shortened }: Conversation): Pick<ConversationNode, 'shortened'> {
  return shortened === undefined ? {} : { shortened };
}

function parseNode(text: string, ref: BlobRef): ConversationNode {
  const parsed = conversationNodeSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new InvariantError('ERR_CONVERSATION_INVALID', {
    message: `blob ${ref.digest.slice(0, 12)} is not a link of a conversation`,
    hint: 'this is a defect: keep the blob store and report it',
    cause: parsed.error,
  });
}

interface Conversation {
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly shortened?: ConversationNode['shortened'];
}

/** Least recently used first out, bounded by bytes. */
function createRecentConversations(limit: number): LRUCache<string, Conversation> {
  return new LRUCache({ maxSize: limit, sizeCalculation: ({ bytes }) => Math.max(1, bytes) });
}
