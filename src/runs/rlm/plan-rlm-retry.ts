import { limitRuleAgain } from '../plan/run-limits.js';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type RlmInput } from '../../contracts/index.js';
import {
  formatModelReference,
  InvalidInputError,
  isEnded,
  type BlobRef,
  type RalphOptions,
  type RlmFacts,
  type RunRecord,
} from '../../domain/index.js';
import { setHostEnvironment } from '../../platform/index.js';
import { toolsInput } from './host-tools.js';
import { directTokens, rlmOptions, WORKING_TIME_MS, type PlannedRlm } from './plan-rlm-run.js';
import type { RlmFlags } from './rlm-flags.js';

/** What the command line says about a question that goes on; absent = as it was. */
export type RlmRetryFlags = Pick<
  RlmFlags,
  | 'model'
  | 'subModel'
  | 'maxIterations'
  | 'maxDepth'
  | 'budgetUsd'
  | 'budgetTokens'
  | 'maxCalls'
  | 'until'
  | 'maxWait'
  | 'onLimit'
  | 'resumeAfter'
>;

/**
 * Lays out how an ended question goes on: its input is stored already, and its REPL has everything that was found and answered. Throws
 * InvalidInputError `ERR_RUN_OPEN`, `ERR_RLM_ANSWERED`, `ERR_RLM_INPUT` when it ended before its input was stored.
 */
export function planRlmRetry(record: RunRecord, flags: RlmRetryFlags, config: Config): PlannedRlm {
  setHostEnvironment(processEnvironment());
  const { rlm, runId } = record;
  if (rlm === undefined)
    throw refusal('ERR_REQUEST_INVALID', `run ${runId} is no question over an input`);
  const context = openContext(record, rlm);
  const asked = rlmOptions({ ...asBefore(record.options), ...given(flags) }, config);
  const options = {
    ...asked,
    ...limitRuleAgain(asked.limitRule, record.options.limitRule),
  };
  const sub = rlmOptions({ model: flags.subModel ?? formatModelReference(rlm.subModel) }, config);
  const input: RlmInput = {
    runId,
    project: record.project,
    folder: record.repository,
    query: rlm.query,
    files: [],
    content: null,
    requestedType: rlm.requestedType,
    schema: rlm.schema,
    session: rlm.session,
    earlier: {
      context,
      ...goingOn(record, rlm),
      ...(rlm.window === undefined ? {} : { window: rlm.window }),
      questions: [],
    },
    subModel: sub.model,
    subWindow: sub.contextWindow,
    maxIterations: flags.maxIterations ?? rlm.maxIterations,
    maxDepth: flags.maxDepth ?? rlm.maxDepth,
    parallel: DEFAULTS.rlmParallel,
    ...toolsInput(rlm.tools, { folder: record.repository, runId }),
    directTokens: rlm.route === 'direct' ? directTokens(options) : 0,
    options,
    timeoutMs: WORKING_TIME_MS,
    carried: record,
    notes: record.notes,
    notify: [...(config.worker.notify?.events ?? [])],
    hasSearchAttributes: true,
  };
  return { workflowId: record.workflowId, input };
}

/** Failures of the REPL itself: to go on in the middle of it would end in the same way. */
const REPL_FAILURES = new Set(['ERR_RLM_REPLAY', 'ERR_RLM_ENGINE']);

/**
 * One that was ended from outside goes on in the middle of its work; one that came to its limits begins a new conversation over its REPL;
 * one whose REPL cannot be made again begins with its input.
 */
function goingOn(
  { failure }: RunRecord,
  { end, place, journal = null, attempt = 1 }: RlmFacts,
): { journal: BlobRef | null; place?: string; attempts: number } {
  if (REPL_FAILURES.has(failure?.code ?? '')) return { journal: null, attempts: attempt };
  const isOpen = end === null || end.isCut === true;
  return {
    journal: end?.journal ?? journal,
    ...(isOpen && place !== undefined ? { place } : {}),
    attempts: attempt,
  };
}

/** The stored input of a question that may go on. */
function openContext({ runId, status }: RunRecord, rlm: RlmFacts): BlobRef {
  if (!isEnded(status)) throw refusal('ERR_RUN_OPEN', `question ${runId} has not ended: ${status}`);
  if (rlm.end?.status === 'answered')
    throw refusal(
      'ERR_RLM_ANSWERED',
      `question ${runId} is answered`,
      `codetether rlm show ${runId}`,
    );
  if (rlm.context === null)
    throw refusal(
      'ERR_RLM_INPUT',
      'it ended before its input was stored',
      'ask it again: codetether rlm',
    );
  return rlm.context;
}

function asBefore({ model, budget }: RalphOptions): RlmRetryFlags {
  const { costMicroUsd, tokens, calls } = budget;
  return {
    model: formatModelReference(model),
    ...(costMicroUsd === null ? {} : { budgetUsd: costMicroUsd / 1_000_000 }),
    ...(tokens === null ? {} : { budgetTokens: tokens }),
    ...(calls === null ? {} : { maxCalls: calls }),
  };
}

function given(flags: RlmRetryFlags): RlmRetryFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function refusal(code: string, message: string, hint = 'codetether runs list'): InvalidInputError {
  return new InvalidInputError(code, { message, hint });
}
