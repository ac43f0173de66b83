import { limitRuleAgain } from '../plan/run-limits.js';
import {
  budgetLeft,
  formatModelReference,
  InvalidInputError,
  describeBudget,
  runSpending,
  spendingUse,
  type Budget,
  type RalphOptions,
  type RunRecord,
} from '../../domain/index.js';
import type { RalphFlags } from '../plan/plan-run.js';

/** Flags with which a run goes on as the ended one was started, as far as its record says. Pure. */
export function flagsOf(record: RunRecord): RalphFlags {
  const { options, checks, paths } = record;
  return {
    prd: record.prdPath,
    repo: record.repository,
    workdir: record.workdir,
    branch: record.publishedBranch ?? record.branch,
    model: formatModelReference(options.model),
    maxAttempts: options.maxAttempts,
    maxTurns: options.maxTurns,
    parallel: options.parallel,
    allowCheckChanges: options.allowCheckChanges,
    allowRedBaseline: options.allowRedBaseline,
    canaries: options.canaries,
    agent: options.agent,
    check: checks
      .filter(({ source }) => source === 'flag')
      .map(({ name, command }) => `${name}=${command}`),
    ...(options.noChecks ? { checks: false } : {}),
    ...(paths === undefined ? {} : { paths }),
    ...setupFlags(record),
  };
}

function setupFlags({ setup }: RunRecord): Partial<RalphFlags> {
  if (setup === undefined) return {};
  const { source, steps, network, caches } = setup;
  return {
    ...(source === 'none' ? { setup: false } : {}),
    ...(source === 'flag' ? { setup: steps.map(({ command }) => command) } : {}),
    ...(network === undefined ? {} : { setupNetwork: network.mode }),
    ...(caches === undefined ? { buildCaches: false } : {}),
  };
}

/** Options of the run that goes on: the rules of the ended one, the rest as it was planned now. Pure. */
export function optionsOf(record: RunRecord, planned: RalphOptions): RalphOptions {
  const { until, waitLimitMs, limitRule, questions, envelope, subAgents } = record.options;
  return {
    ...planned,
    until,
    waitLimitMs,
    ...limitRuleAgain(undefined, limitRule),
    ...(questions === undefined ? {} : { questions }),
    ...(envelope === undefined ? {} : { envelope }),
    ...(subAgents === undefined ? {} : { subAgents }),
  };
}

/** What a run left of its budget. Throws `ERR_CHANGES_BUDGET` where nothing is left. */
export function requireLeft(record: RunRecord): Budget {
  const { budget } = record.options;
  const left = budgetLeft(budget, spendingUse(runSpending(record)));
  if (![left.costMicroUsd, left.tokens, left.calls].includes(0)) return left;
  throw new InvalidInputError('ERR_CHANGES_BUDGET', {
    message: `run ${record.runId} has used up its budget of ${describeBudget(budget)}`,
    where: { file: record.prdPath },
    hint: 'write the change into the PRD, open the story there, and run it with another budget',
  });
}
