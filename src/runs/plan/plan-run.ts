import { ulid } from 'ulid';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type RalphInput } from '../../contracts/index.js';
import {
  branchNameProblem,
  branchSlug,
  InvalidInputError,
  jsonBytes,
  parseModelReference,
  plannedOrder,
  resolveProviderEntry,
  retirementNote,
  type CanaryMode,
  type ModelReference,
  type Prd,
  type ProviderEntry,
  type RalphOptions,
  type Story,
} from '../../domain/index.js';
import {
  detectSandbox,
  repositoryKey,
  setHostEnvironment,
  snapshotModel,
  type Sandbox,
} from '../../platform/index.js';
import { requireSandbox } from '../../host/index.js';
import { loadPrd, prdNotes } from '../load-prd.js';
import type { AbsentCheck } from './plan-absence.js';
import type { FindModel } from '../definitions/agent-files.js';
import { planDefinitions } from '../definitions/plan-definitions.js';
import { planBase, type BaseFlags } from './plan-base.js';
import { planProof, type ProofFlags } from './plan-proof.js';
import { findWorkplace, type RepositoryFlags } from '../repository/repository-rules.js';
import { planLimits, planQuestions, planSubAgents, type LimitFlags } from './run-limits.js';

/** What the command line says about a run; absent = the default. */
export interface RalphFlags extends LimitFlags, ProofFlags, RepositoryFlags, BaseFlags {
  readonly prd: string;
  readonly model?: string | undefined;
  readonly branch?: string | undefined;
  readonly maxIterations?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly maxTurns?: number | undefined;
  readonly allowCheckChanges?: boolean | undefined;
  readonly canaries?: CanaryMode | undefined;
  /** What becomes of a question that nobody answers. */
  readonly unattended?: 'park' | 'deny' | undefined;
  readonly questionWait?: string | undefined;
  /** Named agent that works on the stories. */
  readonly agent?: string | undefined;
}

/** A validated plan; nothing was changed or paid to make it. */
export interface RalphPlan {
  readonly workflowId: string;
  readonly input: RalphInput;
  /** Stories that will run, in order. */
  readonly order: readonly Story[];
  /** Files of the user's checkout that are changed and therefore not part of the run. */
  readonly dirtyFiles: readonly string[];
  /** Checks that do not exist where the run starts. */
  readonly absent: readonly AbsentCheck[];
  /** Files of the commit that is made for a repository without one; null where there is a commit. */
  readonly firstFiles: readonly string[] | null;
  readonly isDetached: boolean;
  /** How strongly commands will be held on this machine. */
  readonly sandbox: Pick<Sandbox, 'level' | 'kinds' | 'reason'>;
}

/**
 * Checks everything that can be known before the first paid call, and lays out the run. Throws InvalidInputError (exit 2)
 * for a bad PRD, repository, branch, check or model, and `ERR_SANDBOX_TOO_WEAK` (exit 3).
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
  const branch = chooseBranch(flags, prd);
  const request = { flags, config, prd, prdPath: path, place, branch };
  const { plan: base, files, first } = await planBase(request);
  const { checks, setup, notes, absent } = await planProof(flags, config, {
    prd,
    repository: facts.topLevel,
    workdir: place.workdir,
    files,
  });
  const { level, kinds, reason } = await findSandbox(config);
  const order = plannedOrder(prd.stories);
  const defined = await planDefinitions(
    { config, repository: facts.topLevel, findModel: modelFinder(config) },
    flags.agent,
  );
  const options = { ...planOptions(flags, config, order.length), ...defined.options };
  const modelNote = retirementNote(options.model, new Date());
  const input: RalphInput = {
    runId: ulid().toLowerCase(),
    project: prd.project,
    feature: prd.feature,
    prdPath: path,
    ...base,
    stories: prd.stories,
    technicalRequirements: prd.technicalRequirements,
    checks,
    options,
    notes: [
      ...prdNotes(prd),
      ...base.notes,
      ...notes,
      ...defined.notes,
      ...(modelNote === undefined ? [] : [modelNote]),
    ],
    setup,
    notify: [...(config.worker.notify?.events ?? [])],
    hasSearchAttributes: true,
  };
  requireRoomInMessage(input, input.prdPath);
  return {
    workflowId: `ralph/${repositoryKey(facts.topLevel)}/${branch}`,
    input,
    order,
    dirtyFiles: first?.leftOut ?? facts.dirtyFiles.map((file) => file.path),
    absent,
    firstFiles: first?.files ?? null,
    isDetached: facts.branch === null,
    sandbox: { level, kinds, reason },
  };
}

/** The sandbox that the worker will find too; refused here before anything is started. */
export async function findSandbox(config: Config): Promise<Sandbox> {
  const sandbox = await detectSandbox();
  requireSandbox(sandbox, config.worker);
  return sandbox;
}

/** A run begins with one message to Temporal, which takes 2 MiB at most. */
const LARGEST_INPUT_BYTES = 1.5 * 1024 * 1024;

/** Makes sure that a run's input fits into its first message. Throws `ERR_PRD_TOO_LARGE`. */
export function requireRoomInMessage(input: object, file: string): void {
  const bytes = jsonBytes(input);
  if (bytes <= LARGEST_INPUT_BYTES) return;
  throw new InvalidInputError('ERR_PRD_TOO_LARGE', {
    message: `the PRD, plan or table with its checks and requirements is ${(bytes / 1024 ** 2).toFixed(1)} MiB, and one run can carry ${LARGEST_INPUT_BYTES / 1024 ** 2} MiB`,
    where: { file },
    hint: 'split it into several PRDs, or shorten descriptions and criteria; nothing was started or paid',
    data: { bytes },
  });
}

/** Every option filled in. Throws `ERR_MODEL_REFERENCE_INVALID`, `ERR_PROVIDER_UNKNOWN`, `ERR_MODEL_UNKNOWN`. */
export function planOptions(
  flags: Omit<RalphFlags, 'prd'>,
  config: Config,
  stories: number,
): RalphOptions {
  const model = parseModelReference(
    flags.model ?? config.defaultModel?.reference ?? DEFAULTS.model,
  );
  const provider = resolveProviderEntry(model, config.worker.providers);
  const maxAttempts = flags.maxAttempts ?? DEFAULTS.maxAttempts;
  return {
    model,
    contextWindow: contextWindow(model, provider, config),
    maxAttempts,
    maxIterations: flags.maxIterations ?? Math.max(1, stories * maxAttempts),
    allowCheckChanges: flags.allowCheckChanges ?? false,
    canaries: flags.canaries ?? config.canaries ?? DEFAULTS.canaries,
    maxTurns: flags.maxTurns ?? DEFAULTS.maxTurns,
    allowRedBaseline: flags.allowRedBaseline ?? false,
    noChecks: flags.checks === false,
    ...planLimits(flags, new Date()),
    subAgents: planSubAgents(config),
    questions: planQuestions(flags, config),
    ...(isLoose(config.envelope) ? {} : { envelope: config.envelope }),
  };
}

/** Everything lands, as where nobody said anything. */
function isLoose(envelope: Config['envelope']): boolean {
  return Object.values(envelope).every((decision) => decision === 'allow');
}

/** Finds models that files name. What it gives throws `ERR_MODEL_REFERENCE_INVALID`, `ERR_PROVIDER_UNKNOWN`, `ERR_MODEL_UNKNOWN`. */
export function modelFinder(config: Config): FindModel {
  return (name) => {
    const model = parseModelReference(name);
    const provider = resolveProviderEntry(model, config.worker.providers);
    return { model, contextWindow: contextWindow(model, provider, config) };
  };
}

/** The same order as at the call: configuration, price snapshot, provider's table. */
function contextWindow(model: ModelReference, provider: ProviderEntry, config: Config): number {
  const configured = config.worker.providers[model.provider]?.contextWindow;
  if (configured !== undefined) return configured;
  const { priceId } = provider;
  const known = priceId === null ? null : snapshotModel({ priceId, model: model.model });
  return known?.contextWindow ?? provider.contextWindow;
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
