import { processEnvironment, type Config } from '../../config/index.js';
import type { RlmInput } from '../../contracts/index.js';
import {
  formatModelReference,
  InvalidInputError,
  isEnded,
  type RunRecord,
} from '../../domain/index.js';
import { setHostEnvironment } from '../../platform/index.js';
import { rlmOptions, type PlannedRlm } from './plan-rlm-run.js';
import type { RlmFlags } from './rlm-flags.js';

/** What the command line says about a question that goes on; absent = as it was. */
export type RlmRetryFlags = Pick<
  RlmFlags,
  'model' | 'subModel' | 'maxIterations' | 'maxDepth' | 'budgetUsd' | 'budgetTokens' | 'maxCalls' | 'until' | 'maxWait'
>;

/**
 * Lays out how an ended question goes on: its input is stored already, and its REPL has everything that was found and answered. Throws
 * InvalidInputError `ERR_RUN_OPEN`, `ERR_RLM_ANSWERED`, `ERR_RLM_INPUT` when it ended before its input was stored.
 */
export function planRlmRetry(record: RunRecord, flags: RlmRetryFlags, config: Config): PlannedRlm {
  setHostEnvironment(processEnvironment());
  const { rlm, runId } = record;
  if (rlm === undefined) throw refusal('ERR_REQUEST_INVALID', `run ${runId} is no question over an input`);
  if (!isEnded(record.status)) throw refusal('ERR_RUN_OPEN', `question ${runId} has not ended: ${record.status}`);
  if (rlm.end?.status === 'answered')
    throw refusal('ERR_RLM_ANSWERED', `question ${runId} is answered`, `codetether rlm show ${runId}`);
  if (rlm.context === null)
    throw refusal('ERR_RLM_INPUT', 'it ended before its input was stored', 'ask it again: codetether rlm');
  const before = record.options;
  const usd = before.budget.costMicroUsd;
  const options = rlmOptions(
    {
      model: formatModelReference(before.model),
      ...(usd === null ? {} : { budgetUsd: usd / 1_000_000 }),
      ...(before.budget.tokens === null ? {} : { budgetTokens: before.budget.tokens }),
      ...(before.budget.calls === null ? {} : { maxCalls: before.budget.calls }),
      ...given(flags),
    },
    config,
  );
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
    earlier: { context: rlm.context, journal: rlm.end?.journal ?? null, questions: [] },
    subModel: sub.model,
    subWindow: sub.contextWindow,
    maxIterations: flags.maxIterations ?? rlm.maxIterations,
    maxDepth: flags.maxDepth ?? rlm.maxDepth,
    parallel: 50,
    directTokens: rlm.route === 'direct' ? Math.floor(options.contextWindow / 4) : 0,
    options,
    timeoutMs: 24 * 3_600_000,
    carried: record,
    notes: record.notes,
    notify: [...(config.worker.notify?.events ?? [])],
    hasSearchAttributes: true,
  };
  return { workflowId: record.workflowId, input };
}

function given(flags: RlmRetryFlags): RlmRetryFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function refusal(code: string, message: string, hint = 'codetether runs list'): InvalidInputError {
  return new InvalidInputError(code, { message, hint });
}
