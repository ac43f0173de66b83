import { join } from 'node:path';
import { ulid } from 'ulid';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type RalphInput } from '../../contracts/index.js';
import {
  branchNameProblem,
  branchSlug,
  InvalidInputError,
  NO_BUDGET,
  NO_SETUP,
  parseModelReference,
  plannedOrder,
  resolveProviderEntry,
  type Check,
  type Prd,
  type Story,
} from '../../domain/index.js';
import { repositoryKey, setHostEnvironment } from '../../platform/index.js';
import { assertChecksCanStart } from './check-commands.js';
import { loadPrd } from './load-prd.js';
import { planBase, type BaseFlags } from './plan-base.js';
import { findWorkplace, type RepositoryFlags } from './repository-rules.js';

/** What the command line says about a run; absent = the default. */
export interface RalphFlags extends RepositoryFlags, BaseFlags {
  readonly prd: string;
  readonly model?: string | undefined;
  readonly branch?: string | undefined;
  readonly maxIterations?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly maxTurns?: number | undefined;
  readonly allowCheckChanges?: boolean | undefined;
}

/** A validated plan; nothing was changed or paid to make it. */
export interface RalphPlan {
  readonly workflowId: string;
  readonly input: RalphInput;
  /** Stories that will run, in order. */
  readonly order: readonly Story[];
  /** Files of the user's checkout that are changed and therefore not part of the run. */
  readonly dirtyFiles: readonly string[];
  readonly isDetached: boolean;
}

/**
 * Checks everything that can be known before the first paid call, and lays out the run. Throws InvalidInputError (exit 2)
 * for a bad PRD, repository, branch, check or model.
 */
export async function planRalphRun(
  flags: RalphFlags,
  config: Config,
  cwd: string,
): Promise<RalphPlan> {
  setHostEnvironment(processEnvironment());
  const { prd, path } = await loadPrd(flags.prd, cwd);
  const place = await findWorkplace(flags, { prdPath: path, cwd });
  const { facts } = place;
  const model = parseModelReference(
    flags.model ?? config.defaultModel?.reference ?? DEFAULTS.model,
  );
  const provider = resolveProviderEntry(model, config.worker.providers);
  const checks = planChecks(prd, config, flags.prd);
  await assertChecksCanStart(checks, join(facts.topLevel, place.workdir));
  const branch = chooseBranch(flags, prd);
  const base = await planBase({ flags, config, prd, prdPath: path, place, branch });
  const maxAttempts = flags.maxAttempts ?? DEFAULTS.maxAttempts;
  const order = plannedOrder(prd.stories);
  const input: RalphInput = {
    runId: ulid().toLowerCase(),
    project: prd.project,
    feature: prd.feature,
    prdPath: path,
    ...base,
    stories: prd.stories,
    technicalRequirements: prd.technicalRequirements,
    checks,
    options: {
      model,
      contextWindow:
        config.worker.providers[model.provider]?.contextWindow ?? provider.contextWindow,
      maxAttempts,
      maxIterations: flags.maxIterations ?? Math.max(1, order.length * maxAttempts),
      allowCheckChanges: flags.allowCheckChanges ?? false,
      maxTurns: flags.maxTurns ?? DEFAULTS.maxTurns,
      parallel: 1,
      allowRedBaseline: false,
      noChecks: false,
      budget: NO_BUDGET,
      until: null,
      waitLimitMs: DEFAULTS.waitLimitHours * 3_600_000,
    },
    setup: NO_SETUP,
    hasSearchAttributes: true,
  };
  return {
    workflowId: `ralph/${repositoryKey(facts.topLevel)}/${branch}`,
    input,
    order,
    dirtyFiles: facts.dirtyFiles.map((file) => file.path),
    isDetached: facts.branch === null,
  };
}

function planChecks(prd: Prd, config: Config, file: string): Check[] {
  const timeoutMs = DEFAULTS.checkTimeoutMinutes * 60_000;
  const checks =
    config.checks !== null && prd.qualityChecks.length === 0
      ? config.checks.map((check) => ({
          name: check.name,
          command: check.command,
          timeoutMs: check.timeoutMs ?? timeoutMs,
        }))
      : prd.qualityChecks.map((check) => ({ ...check, timeoutMs }));
  if (checks.length > 0) return checks;
  throw new InvalidInputError('ERR_NO_CHECKS', {
    message: 'the PRD names no quality check, so nothing could be proven',
    where: { file, field: 'quality_checks' },
    hint: 'add at least one command, for example "quality_checks": {"test": "npm test"}',
  });
}

function chooseBranch(flags: RalphFlags, prd: Prd): string {
  if (flags.branch !== undefined) {
    const problem = branchNameProblem(flags.branch);
    if (problem !== undefined) {
      throw new InvalidInputError('ERR_BRANCH_INVALID', {
        message: problem,
        where: { field: '--branch' },
        hint: 'for example --branch feature/login',
      });
    }
    return flags.branch;
  }
  return prd.branchName === '' ? `codetether/${branchSlug(prd.feature)}` : prd.branchName;
}
