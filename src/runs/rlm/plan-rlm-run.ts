import { basename } from 'node:path';
import { ulid } from 'ulid';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type RlmInput } from '../../contracts/index.js';
import {
  InvalidInputError,
  retirementNote,
  type BlobRef,
  type RalphOptions,
} from '../../domain/index.js';
import { setHostEnvironment } from '../../platform/index.js';
import { planRules } from '../definitions/plan-definitions.js';
import { planOptions, requireRoomInMessage } from '../plan/plan-run.js';
import { commandStores } from '../results/command-stores.js';
import { givenInput, storedSchema, type GivenInput, type InputPlace } from './given-input.js';
import type { RlmFlags } from './rlm-flags.js';
import { earlierOf } from './session.js';
import { toolsIn, toolsInput } from './host-tools.js';

/** A validated question; nothing was paid to make it. */
export interface PlannedRlm {
  readonly workflowId: string;
  readonly input: RlmInput;
}

/** Where a question is planned. */
export interface RlmPlace extends InputPlace {
  readonly config: Config;
}

/** Working time of one question; waits do not count. */
export const WORKING_TIME_MS = 24 * 3_600_000;
/** Part of the window that an input may fill which one call answers. */
const DIRECT_SHARE = 4;
const LARGEST_QUERY = 64 * 1024;

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
  const input = rlmInput(question, flags, {
    config,
    cwd,
    given,
    schema: await storedSchema(flags.schema, cwd, stores.blobs),
    earlier,
  });
  const definitions = await planRules(config);
  return {
    workflowId: `rlm/${input.runId}`,
    input: { ...input, options: { ...input.options, ...definitions } },
  };
}

/** Lays out a question over a text that is stored already. */
export function planRlmContent(
  question: string,
  flags: RlmFlags,
  place: {
    readonly config: Config;
    readonly cwd: string;
    readonly content: BlobRef;
    readonly type: RlmInput['requestedType'];
  },
): PlannedRlm {
  setHostEnvironment(processEnvironment());
  const { config, cwd, content, type } = place;
  const given = { files: [], notes: [], content };
  const input = rlmInput(
    question,
    { ...flags, contentType: type },
    { config, cwd, given, schema: null, earlier: null },
  );
  return { workflowId: `rlm/${input.runId}`, input };
}

function rlmInput(
  question: string,
  flags: RlmFlags,
  parts: {
    readonly config: Config;
    readonly cwd: string;
    readonly given: GivenInput;
    readonly schema: BlobRef | null;
    readonly earlier: RlmInput['earlier'];
  },
): RlmInput {
  const { config, cwd, given, schema, earlier } = parts;
  const options = rlmOptions(flags, config);
  const sub = rlmOptions({ ...flags, model: flags.subModel ?? flags.model }, config);
  const modelNote = retirementNote(options.model, new Date());
  const runId = ulid().toLowerCase();
  const tools = toolsIn(cwd, flags, config);
  const input: RlmInput = {
    runId,
    project: basename(cwd),
    folder: cwd,
    query: question,
    files: [...given.files],
    content: given.content,
    requestedType: flags.contentType ?? 'auto',
    schema,
    session: flags.session ?? null,
    earlier,
    subModel: sub.model,
    subWindow: sub.contextWindow,
    ...(flags.maxTokens === undefined ? {} : { answerTokens: flags.maxTokens }),
    maxIterations: flags.maxIterations ?? DEFAULTS.rlmIterations,
    maxDepth: flags.maxDepth ?? DEFAULTS.rlmDepth,
    parallel: DEFAULTS.rlmParallel,
    directTokens: isByCode(flags) ? 0 : directTokens(options),
    ...toolsInput(tools.names, { folder: cwd, runId }),
    options,
    timeoutMs: WORKING_TIME_MS,
    notes: [...given.notes, ...tools.notes, ...(modelNote === undefined ? [] : [modelNote])],
    notify: [...(config.worker.notify?.events ?? [])],
    hasSearchAttributes: true,
  };
  requireRoomInMessage(input, 'the question');
  return input;
}

/** Tokens of an input that one call answers. */
export function directTokens({ contextWindow }: RalphOptions): number {
  return Math.floor(contextWindow / DIRECT_SHARE);
}

/** A session keeps its REPL, which an answer in one call does not make; who asks for tools wants them used. */
function isByCode({ direct, session, tools }: RlmFlags): boolean {
  return direct === false || session !== undefined || (tools ?? '') !== '';
}

/** Options of a question, the limit of calls filled in. */
export function rlmOptions(flags: RlmFlags, config: Config): RalphOptions {
  const { model, budgetUsd, budgetTokens, maxCalls, until, maxWait, onLimit, resumeAfter } = flags;
  return planOptions(
    {
      ...(model === undefined ? {} : { model }),
      budgetUsd,
      budgetTokens,
      maxCalls: maxCalls ?? DEFAULTS.rlmCalls,
      until,
      maxWait,
      onLimit,
      resumeAfter,
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
    throw usage('there is no question', 'codetether rlm "Which errors came first?" -f app.log');
  if (Buffer.byteLength(text) > LARGEST_QUERY)
    throw usage(
      `the question has more than ${LARGEST_QUERY} bytes`,
      'give what it is about as input: -f FILE',
    );
  return text;
}

function usage(message: string, hint: string): InvalidInputError {
  return new InvalidInputError('ERR_USAGE', { message, where: { field: 'QUERY' }, hint });
}
