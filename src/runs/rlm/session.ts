import type { Config } from '../../config/index.js';
import type { RlmInput } from '../../contracts/index.js';
import { InvalidInputError, type RlmFacts } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { localRunRecords } from '../local-ports.js';
import type { RlmFlags } from './rlm-flags.js';

const MOST_EARLIER = 20;
const RECORDS_LOOKED_AT = 1000;
const SESSION_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Input and REPL of the session, from the newest of its questions that was answered; null for a session that begins. */
export async function earlierOf(
  { session }: RlmFlags,
  config: Config,
  blobs: BlobStore,
): Promise<RlmInput['earlier']> {
  if (session === undefined) return null;
  if (!SESSION_NAME.test(session))
    throw new InvalidInputError('ERR_USAGE', {
      message: `"${session}" is no name of a session`,
      where: { field: '--session' },
      hint: 'letters, digits, - _ .',
    });
  const all = await localRunRecords(config.home).list(RECORDS_LOOKED_AT);
  const known = all
    .filter(({ rlm }) => rlm?.session === session)
    .toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
  const open = known.find(({ endedAt }) => endedAt === null);
  if (open !== undefined)
    throw new InvalidInputError('ERR_RLM_SESSION_BUSY', {
      message: `question ${open.runId} of session ${session} is still open`,
      hint: `wait for it (codetether attach ${open.runId}), or cancel it`,
    });
  const facts = known.flatMap(({ rlm }) => (rlm === undefined ? [] : [rlm]));
  const context = facts.map((question) => question.context).find((ref) => ref !== null);
  if (context === undefined || context === null) return null;
  const answered = facts.filter(({ end }) => (end?.answer ?? null) !== null).slice(0, MOST_EARLIER);
  const questions = await Promise.all(
    answered.toReversed().map(async (question) => ({
      query: question.query.slice(0, 500),
      answer: await shortAnswer(question, blobs),
    })),
  );
  const journal = facts.map(({ end }) => end?.journal ?? null).find((ref) => ref !== null) ?? null;
  const window = facts.find(({ end }) => (end?.journal ?? null) !== null)?.window;
  return { context, journal, questions, ...(window === undefined ? {} : { window }) };
}

async function shortAnswer({ end }: RlmFacts, blobs: BlobStore): Promise<string> {
  const answer = end?.answer ?? null;
  return answer === null ? '' : (await blobs.getText(answer.ref)).slice(0, 1000);
}
