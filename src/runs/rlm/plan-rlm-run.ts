import { basename } from 'node:path';
import { resolve } from 'node:path';
import { ulid } from 'ulid';
import { z } from 'zod';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type RlmInput } from '../../contracts/index.js';
import {
  InvalidInputError,
  retirementNote,
  type BlobRef,
  type RalphOptions,
  type RunRecord,
} from '../../domain/index.js';
import { isNotFound, readBounded, setHostEnvironment, type BlobStore } from '../../platform/index.js';
import { localRunRecords } from '../local-ports.js';
import { planOptions, requireRoomInMessage } from '../plan/plan-run.js';
import { commandStores } from '../results/command-stores.js';
import { findInputFiles, type InputFiles } from './input-files.js';
import type { RlmFlags } from './rlm-flags.js';

/** A validated question; nothing was paid to make it. */
export interface PlannedRlm {
  readonly workflowId: string;
  readonly input: RlmInput;
}

/** Where a question is planned. */
export interface RlmPlace {
  readonly config: Config;
  readonly cwd: string;
  /** Text of standard input, for `--content -`. */
  readonly readStandardInput: () => AsyncIterable<Uint8Array>;
}

const WORKING_HOURS = 24;
/** Part of the window that an input may fill which one call answers. */
const DIRECT_SHARE = 4;
const LARGEST_CONTENT = 64 * 1024 * 1024;
const LARGEST_QUERY = 64 * 1024;
const LARGEST_SCHEMA = 256 * 1024;
const MOST_EARLIER = 20;
const RECORDS_LOOKED_AT = 1000;
const SESSION_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * Checks everything that can be known before the first paid call. Throws InvalidInputError (exit 2): `ERR_USAGE` for no question,
 * `ERR_RLM_INPUT` for an input that is absent, empty, binary or cannot be read, `ERR_RLM_SCHEMA`, and as limits and models do.
 */
export async function planRlmRun(
  query: string | undefined,
  flags: RlmFlags,
  place: RlmPlace,
): Promise<PlannedRlm> {
  setHostEnvironment(processEnvironment());
  const { config, cwd } = place;
  const question = questionOf(query);
  const stores = commandStores(config);
  const earlier = await earlierOf(flags, config, stores.blobs);
  const given = await givenInput(flags, place, { blobs: stores.blobs, isOpen: earlier !== null });
  const options = rlmOptions(flags, config);
  const sub = rlmOptions({ ...flags, model: flags.subModel ?? flags.model }, config);
  const runId = ulid().toLowerCase();
  const modelNote = retirementNote(options.model, new Date());
  const input: RlmInput = {
    runId,
    project: basename(cwd),
    folder: cwd,
    query: question,
    files: [...given.files],
    content: given.content,
    requestedType: flags.contentType ?? 'auto',
    schema: await storedSchema(flags.schema, cwd, stores.blobs),
    session: flags.session ?? null,
    earlier,
    subModel: sub.model,
    subWindow: sub.contextWindow,
    ...(flags.maxTokens === undefined ? {} : { answerTokens: flags.maxTokens }),
    maxIterations: flags.maxIterations ?? DEFAULTS.rlmIterations,
    maxDepth: flags.maxDepth ?? DEFAULTS.rlmDepth,
    parallel: DEFAULTS.rlmParallel,
    directTokens: isByCode(flags) ? 0 : Math.floor(options.contextWindow / DIRECT_SHARE),
    options,
    timeoutMs: WORKING_HOURS * 3_600_000,
    notes: [...given.notes, ...(modelNote === undefined ? [] : [modelNote])],
    notify: [...(config.worker.notify?.events ?? [])],
    hasSearchAttributes: true,
  };
  requireRoomInMessage(input, 'the question');
  return { workflowId: `rlm/${runId}`, input };
}

/** A session keeps its REPL, which an answer in one call does not make. */
function isByCode({ direct, session }: RlmFlags): boolean {
  return direct === false || session !== undefined;
}

/** Options of a question, the limit of calls filled in. */
export function rlmOptions(flags: RlmFlags, config: Config): RalphOptions {
  const { model, budgetUsd, budgetTokens, maxCalls, until, maxWait } = flags;
  return planOptions(
    {
      ...(model === undefined ? {} : { model }),
      budgetUsd,
      budgetTokens,
      maxCalls: maxCalls ?? DEFAULTS.rlmCalls,
      until,
      maxWait,
      canaries: 'off',
      maxAttempts: 1,
      maxIterations: 1_000_000,
      maxTurns: DEFAULTS.rlmIterations,
      checks: false,
    },
    config,
    1,
  );
}

function questionOf(query: string | undefined): string {
  const text = query?.trim() ?? '';
  if (text === '')
    throw usage('there is no question', 'QUERY', 'codetether rlm "Which errors came first?" -f app.log');
  if (Buffer.byteLength(text) > LARGEST_QUERY)
    throw usage(
      `the question has more than ${LARGEST_QUERY} bytes`,
      'QUERY',
      'give what it is about as input: -f FILE',
    );
  return text;
}

interface GivenInput extends InputFiles {
  readonly content: BlobRef | null;
}

async function givenInput(
  { file, content }: RlmFlags,
  { cwd, readStandardInput }: RlmPlace,
  { blobs, isOpen }: { readonly blobs: BlobStore; readonly isOpen: boolean },
): Promise<GivenInput> {
  const words = file ?? [];
  if (content !== undefined && words.length > 0)
    throw usage('--content and --file exclude each other', '--content');
  if (content !== undefined) {
    const text = content === '-' ? await wholeInput(readStandardInput()) : Buffer.from(content);
    if (text.toString('utf8').trim() === '')
      throw noInput('the input is empty', '--content');
    if (text.includes(0)) throw noInput('the input holds zero bytes: it is no text', '--content');
    return { files: [], notes: [], content: await blobs.put(text) };
  }
  if (words.length === 0 && isOpen) return { files: [], notes: [], content: null };
  if (words.length === 0) throw noInput('there is no input', '--file');
  if (isOpen)
    throw usage(
      'the session has its input already',
      '--file',
      'ask without -f, or take another --session for another input',
    );
  return { ...(await findInputFiles(words, cwd)), content: null };
}

async function wholeInput(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > LARGEST_CONTENT)
      throw noInput(
        `standard input has more than ${LARGEST_CONTENT} bytes`,
        '--content',
        'save it to a file and name that: -f FILE',
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Input and REPL of the session, from the newest of its questions that was answered; null for a session that begins. */
async function earlierOf(
  { session }: RlmFlags,
  config: Config,
  blobs: BlobStore,
): Promise<RlmInput['earlier']> {
  if (session === undefined) return null;
  if (!SESSION_NAME.test(session))
    throw usage(`"${session}" is no name of a session`, '--session', 'letters, digits, - _ .');
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
  const last = known.find(({ rlm }) => rlm?.context != null);
  if (last?.rlm == null || last.rlm.context === null) return null;
  const answered = known.filter(({ rlm }) => rlm?.end?.answer != null).slice(0, MOST_EARLIER);
  const questions = await Promise.all(
    answered.toReversed().map(async ({ rlm }) => ({
      query: (rlm?.query ?? '').slice(0, 500),
      answer: await shortAnswer(rlm, blobs),
    })),
  );
  const journal = known.find(({ rlm }) => rlm?.end?.journal != null)?.rlm?.end?.journal ?? null;
  return { context: last.rlm.context, journal, questions };
}

async function shortAnswer(rlm: RunRecord['rlm'], blobs: BlobStore): Promise<string> {
  const answer = rlm?.end?.answer;
  if (answer === null || answer === undefined) return '';
  return (await blobs.getText(answer.ref)).slice(0, 1000);
}

/** The stored JSON Schema of a file. Throws `ERR_RLM_SCHEMA` with what is wrong with it. */
async function storedSchema(
  file: string | undefined,
  cwd: string,
  blobs: BlobStore,
): Promise<BlobRef | null> {
  if (file === undefined) return null;
  const bad = (message: string, cause?: unknown): InvalidInputError =>
    new InvalidInputError('ERR_RLM_SCHEMA', {
      message,
      where: { file },
      hint: 'give a JSON Schema, for example {"type": "object", "properties": {"count": {"type": "number"}}, "required": ["count"]}',
      cause,
    });
  let text: string;
  try {
    text = await readBounded(resolve(cwd, file), LARGEST_SCHEMA);
  } catch (error) {
    throw bad(isNotFound(error) ? 'there is no such file' : (error as Error).message, error);
  }
  try {
    const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    z.fromJSONSchema(schema as never);
    return await blobs.put(JSON.stringify(schema));
  } catch (error) {
    throw bad(`it is no JSON Schema: ${(error as Error).message.split('\n')[0] ?? ''}`, error);
  }
}

function noInput(message: string, field: string, hint?: string): InvalidInputError {
  return new InvalidInputError('ERR_RLM_INPUT', {
    message,
    where: { field },
    hint: hint ?? 'codetether rlm "QUESTION" -f FILE, or --content TEXT, or --content - for standard input',
  });
}

function usage(message: string, field: string, hint = 'codetether rlm --help'): InvalidInputError {
  return new InvalidInputError('ERR_USAGE', { message, where: { field }, hint });
}
