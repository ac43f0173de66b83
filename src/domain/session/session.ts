import { z } from 'zod';
import { modelReferenceSchema } from '../agent/model.js';
import { questionRulesSchema } from '../agent/question.js';
import { blobRefSchema } from '../blob.js';
import { agentNameSchema } from '../definitions/named-agent.js';
import { gitStateSchema } from './git-state.js';

/** Prompts of one session: its record travels with each start of its workflow, and has room for so many. */
export const MOST_SESSION_TURNS = 250;
/** Times that one session is taken back. */
const MOST_REWINDS = 250;
/** Longest id of a message. */
const LONGEST_MESSAGE_ID = 100;
/** Longest path of a folder. */
const LONGEST_PATH = 4096;

/** Id by which the same prompt, sent twice, is one. */
export const messageIdSchema = z.string().min(1).max(LONGEST_MESSAGE_ID);

/** A conversation that the next prompt goes on with. */
const conversationSchema = z.object({
  head: blobRefSchema,
  depth: z.number().int().nonnegative(),
  contextTokens: z.number().int().nonnegative(),
});

/** One prompt and what became of it; its answer is the last message of `conversation`. */
export const sessionTurnSchema = z.object({
  kind: z.literal('turn'),
  /** From 1, never given twice. */
  number: z.number().int().positive(),
  messageId: messageIdSchema,
  /** What the person said, as text. */
  prompt: blobRefSchema,
  /** When it was taken, ISO 8601. */
  at: z.string().max(40),
  /** The model that was asked, and tokens that fit into one request to it. */
  model: modelReferenceSchema,
  contextWindow: z.number().int().positive(),
  /** The person's repository when the prompt was sent; null = there is none. */
  git: gitStateSchema.nullable(),
  /** What becomes of questions about it; absent = nobody could be asked. */
  questions: questionRulesSchema.optional(),
  /** The conversation behind it; null while it is open, and where nothing was said. */
  conversation: conversationSchema.nullable(),
  /** Commit that the session's files were at behind it; null without files, and while it is open. */
  commit: z.string().max(64).nullable(),
  /** What ended it from outside: a missing key, a server that never answered. Absent = nothing did. */
  failure: z
    .object({
      code: z.string().max(100),
      message: z.string().max(2000),
      exitCode: z.number().int().optional(),
    })
    .optional(),
  /** Why what its agent changed is not among the files; absent = it is, or nothing was changed. */
  unlanded: z.string().max(500).optional(),
});

/** See {@link sessionTurnSchema}. */
export type SessionTurn = z.infer<typeof sessionTurnSchema>;

/** What a rewind takes back. */
export const rewoundPartSchema = z.enum(['conversation', 'files', 'both']);

/** See {@link rewoundPartSchema}. */
export type RewoundPart = z.infer<typeof rewoundPartSchema>;

const sessionRewindSchema = z.object({
  kind: z.literal('rewind'),
  messageId: messageIdSchema,
  /** Number of the turn behind which it goes on; 0 = before the first. */
  to: z.number().int().nonnegative(),
  what: rewoundPartSchema,
  at: z.string().max(40),
});

/** What happened in a session, oldest first; nothing is ever taken out. */
export const sessionEntrySchema = z.discriminatedUnion('kind', [
  sessionTurnSchema,
  sessionRewindSchema,
]);

/** See {@link sessionEntrySchema}. */
export type SessionEntry = z.infer<typeof sessionEntrySchema>;

/** What only a session has in its run record. */
export const sessionFactsSchema = z.object({
  /** Absolute path of the folder in which it was begun. */
  folder: z.string().max(LONGEST_PATH),
  /** `chat` = no tools and no files; `read` = its agent only looks; `write` = its agent changes files. */
  access: z.enum(['chat', 'read', 'write']),
  /** The agent that answers; null = the chat. */
  agent: agentNameSchema.nullable(),
  /** Who its commits are by. */
  author: z.object({ name: z.string().max(500), email: z.string().max(500) }),
  /** The commit that was shown last on the branch that people have; absent = none. */
  published: z.string().max(64).optional(),
  entries: z.array(sessionEntrySchema).max(MOST_SESSION_TURNS + MOST_REWINDS),
  /** The session that it began as a copy of; absent = none. */
  forkOf: z.object({ runId: z.string().max(64), at: z.number().int().nonnegative() }).optional(),
});

/** See {@link sessionFactsSchema}. */
export type SessionFacts = z.infer<typeof sessionFactsSchema>;

/** Name of a turn among the stories of a record, and in branches and workflow ids. Pure. */
export function turnStory(number: number): string {
  return `T${number}`;
}

/** Number of the turn that a story stands for; undefined for every other name. Pure. */
export function turnOfStory(story: string): number | undefined {
  const digits = /^T([1-9][0-9]{0,5})$/.exec(story)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** How a session stands: the turns that its conversation is made of, and what the next prompt goes on with. */
export interface SessionStanding {
  /** Turns that no rewind took back, oldest first. */
  readonly path: readonly SessionTurn[];
  /** Every turn that was ever taken, oldest first. */
  readonly all: readonly SessionTurn[];
  /** What the next prompt goes on with; null = a new conversation. */
  readonly conversation: SessionTurn['conversation'];
  /** Number of the next turn. */
  readonly next: number;
}

/** Works the entries of a session off, one after the other. Pure. */
export function sessionStanding({ entries }: Pick<SessionFacts, 'entries'>): SessionStanding {
  const all: SessionTurn[] = [];
  let path: SessionTurn[] = [];
  for (const entry of entries) {
    if (entry.kind === 'turn') {
      all.push(entry);
      path.push(entry);
    } else if (entry.what !== 'files') path = path.filter(({ number }) => number <= entry.to);
  }
  return {
    path,
    all,
    conversation: path.findLast(({ conversation }) => conversation !== null)?.conversation ?? null,
    next: (all.at(-1)?.number ?? 0) + 1,
  };
}

/**
 * Commit whose files were there at the moment when a turn ended; `base` before the first. What was taken back by then is not among them, also
 * where the turn itself came to no commit. Pure.
 */
export function filesBehind(
  { entries }: Pick<SessionFacts, 'entries'>,
  { to, base }: { readonly to: number; readonly base: string },
): string {
  const ends: { readonly number: number; readonly files: string }[] = [];
  const behind = (number: number): string =>
    ends.findLast((end) => end.number <= number)?.files ?? base;
  let files = base;
  for (const entry of entries) {
    if (entry.kind === 'turn') {
      files = entry.commit ?? files;
      ends.push({ number: entry.number, files });
    } else if (entry.what !== 'conversation') files = behind(entry.to);
  }
  return behind(to);
}

/** The entry of a message; undefined for one that was never taken. Pure. */
export function entryOfMessage(
  { entries }: Pick<SessionFacts, 'entries'>,
  messageId: string,
): SessionEntry | undefined {
  return entries.find((entry) => entry.messageId === messageId);
}

/** What becomes of a turn. */
export type TurnChange = Partial<
  Pick<SessionTurn, 'conversation' | 'commit' | 'failure' | 'unlanded'>
>;

/** Facts with one turn changed. Pure. */
export function withTurn(facts: SessionFacts, number: number, change: TurnChange): SessionFacts {
  return {
    ...facts,
    entries: facts.entries.map((entry) =>
      entry.kind === 'turn' && entry.number === number ? { ...entry, ...change } : entry,
    ),
  };
}
