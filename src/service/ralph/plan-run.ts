import { dirname, relative } from 'node:path';
import { ulid } from 'ulid';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type RalphInput } from '../../contracts/index.js';
import {
  branchNameProblem,
  branchSlug,
  InvalidInputError,
  parseModelReference,
  plannedOrder,
  resolveProviderEntry,
  type Prd,
  type RalphOptions,
  type Story,
} from '../../domain/index.js';
import {
  inspectRepository,
  readLog,
  repositoryKey,
  setHostEnvironment,
  type RepositoryFacts,
} from '../../platform/index.js';
import { loadPrd } from './load-prd.js';
import { planProof, type ProofFlags } from './plan-proof.js';
import { planLimits, type LimitFlags } from './run-limits.js';

/** What the command line says about a run; absent = the default. */
export interface RalphFlags extends LimitFlags, ProofFlags {
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

/** Author of commits where git knows nobody. */
const FALLBACK_AUTHOR = { name: 'CodeTether', email: 'codetether@localhost' };

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
  const facts = await inspectRepository(dirname(path));
  assertSupported(facts);
  const branch = chooseBranch(flags, prd);
  assertBranchFits(branch, facts.branches);
  const baseCommit = await chooseBase(facts, branch);
  const { checks, setup, notes } = await planProof(flags, config, {
    prd,
    repository: facts.topLevel,
    workdir: workdirOf(facts.topLevel, path),
    baseCommit,
  });
  const order = plannedOrder(prd.stories);
  const input: RalphInput = {
    runId: ulid().toLowerCase(),
    project: prd.project,
    feature: prd.feature,
    prdPath: path,
    repository: facts.topLevel,
    workdir: workdirOf(facts.topLevel, path),
    branch,
    baseCommit,
    author: facts.identity ?? FALLBACK_AUTHOR,
    stories: prd.stories,
    technicalRequirements: prd.technicalRequirements,
    checks,
    options: planOptions(flags, config, order.length),
    notes: [...planNotes(facts, branch), ...notes],
    setup,
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

/** Every option filled in. Throws `ERR_MODEL_REFERENCE_INVALID`, `ERR_PROVIDER_UNKNOWN`, `ERR_MODEL_UNKNOWN`. */
function planOptions(flags: RalphFlags, config: Config, stories: number): RalphOptions {
  const model = parseModelReference(
    flags.model ?? config.defaultModel?.reference ?? DEFAULTS.model,
  );
  const provider = resolveProviderEntry(model, config.worker.providers);
  const maxAttempts = flags.maxAttempts ?? DEFAULTS.maxAttempts;
  return {
    model,
    contextWindow: config.worker.providers[model.provider]?.contextWindow ?? provider.contextWindow,
    maxAttempts,
    maxIterations: flags.maxIterations ?? Math.max(1, stories * maxAttempts),
    allowCheckChanges: flags.allowCheckChanges ?? false,
    maxTurns: flags.maxTurns ?? DEFAULTS.maxTurns,
    allowRedBaseline: flags.allowRedBaseline ?? false,
    noChecks: flags.checks === false,
    ...planLimits(flags, new Date()),
  };
}

function assertSupported(facts: RepositoryFacts): void {
  const refuse = (code: string, message: string, hint: string): never => {
    throw new InvalidInputError(code, { message, hint, where: { file: facts.topLevel } });
  };
  if (facts.isBare)
    refuse(
      'ERR_REPOSITORY_BARE',
      'the repository is bare, so a PRD has no place in it',
      'run in a clone with files',
    );
  if (facts.headCommit === null) {
    refuse(
      'ERR_NO_COMMIT',
      'the repository has no commit yet',
      'git add -A && git commit -m "first commit"',
    );
  }
  if (facts.hasSubmodules) {
    refuse(
      'ERR_SUBMODULES_UNSUPPORTED',
      'the repository has submodules, which lanes do not hold yet',
      'use a repository without .gitmodules',
    );
  }
  if (facts.usesLfs) {
    refuse(
      'ERR_LFS_UNSUPPORTED',
      'the repository keeps files in Git LFS, which lanes do not hold yet',
      'use a repository without LFS filters',
    );
  }
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

/** git keeps a branch as a file and its slashes as folders, so `feature` and `feature/x` exclude each other. */
function assertBranchFits(branch: string, branches: readonly string[]): void {
  const other = branches.find(
    (name) => name.startsWith(`${branch}/`) || branch.startsWith(`${name}/`),
  );
  if (other === undefined) return;
  throw new InvalidInputError('ERR_BRANCH_CONFLICT', {
    message: `git cannot hold a branch ${branch} beside the branch ${other}`,
    where: { field: 'branch' },
    hint: 'choose another name with --branch NAME',
  });
}

/** A branch that exists is continued; a new one starts at HEAD. */
async function chooseBase(facts: RepositoryFacts, branch: string): Promise<string> {
  if (!facts.branches.includes(branch)) return facts.headCommit ?? '';
  const [tip] = await readLog(facts.topLevel, { revision: `refs/heads/${branch}`, limit: 1 });
  return tip?.commit ?? facts.headCommit ?? '';
}

function workdirOf(topLevel: string, prdPath: string): string {
  const inside = relative(topLevel, dirname(prdPath)).split('\\').join('/');
  return inside === '' ? '.' : inside;
}

function planNotes(facts: RepositoryFacts, branch: string): string[] {
  const notes: string[] = [];
  if (facts.identity === null)
    notes.push(
      `git knows no user.name and user.email here; commits are by ${FALLBACK_AUTHOR.name}`,
    );
  if (facts.signsCommits) notes.push('commit.gpgsign is on; commits of a run are not signed');
  if (facts.checkedOutBranches.includes(branch)) {
    notes.push(
      `${branch} is checked out, so the result will be on ${branch}-run-ID; merge it when the run has ended`,
    );
  }
  return notes;
}
