import { z } from 'zod';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  evidenceSchema,
  failureLines,
  isPassing,
  isRed,
  newFailures,
  verificationRuns,
  visible,
  type Baseline,
  type Check,
  type Evidence,
  type SetupFailure,
  type SetupReport,
  type StepKey,
  type VerificationRun,
  type VerificationStep,
  type WorkspaceSetup,
} from '../../domain/index.js';
import { sha256, workspaceGit, type WorkspaceFolders } from '../../platform/index.js';
import { createAbsenceJudge, type AbsenceJudge } from './check-absence.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { plantLaneGit, type LaneHead } from '../workspace/lane-git.js';
import { isHinderedByMounts, layOutCaches } from '../workspace/caches/lay-out-caches.js';
import { runCheck, type TreeUnderProof } from './run-check.js';
import {
  prepareDependencies,
  type PreparationRequest,
} from '../workspace/setup/prepare-dependencies.js';
import { verifyStep } from './verify-step.js';
import { ensureWorkdir } from '../workspace/workdir.js';

const WRITES_LIMIT = 20;
const PATH_LIMIT = 400;

/** What git shows in a proof lane: the commit that the files would become. Absent in inputs of earlier versions. */
export const headSchema = z.object({
  /** Branch of the run. */
  branch: z.string(),
  author: z.object({ name: z.string(), email: z.string() }),
  /** First line of the commit that lands when the proof holds. */
  subject: z.string(),
});

/** Command lines of checks that existed before; absent in inputs of earlier versions = all of them. */
export const existingSchema = z.array(z.string()).optional();

/** See {@link headSchema}. */
export type ShownHead = z.infer<typeof headSchema>;

const UNNAMED: ShownHead = {
  branch: 'proof',
  author: { name: 'CodeTether', email: 'codetether@localhost' },
  subject: 'feat: files under proof',
};

/** What is run to prove trees, and how the lane for it is made ready. */
export interface ProofPlan {
  readonly key: StepKey;
  /** Commit whose files checks may compare with. */
  readonly base: string;
  readonly checks: readonly Check[];
  readonly verificationSteps: readonly VerificationStep[];
  readonly setup: WorkspaceSetup;
  /** Failures that do not count; null = all do. */
  readonly baseline: Baseline | null;
  /** Default: a branch `proof`. */
  readonly head?: ShownHead | undefined;
  /** Command lines of checks that existed before, so that they may not be absent. Default: all. */
  readonly existing?: readonly string[] | undefined;
  /** True before anything has run but the base: its set-up may fetch the packages that all lanes find. Default: false. */
  readonly isUntouched?: boolean;
}

/** Checks and steps on one tree, or why they could not run. `setup` is null where the repository needs none. */
export type ProofRound =
  | { readonly isReady: true; readonly setup: SetupReport | null; readonly evidence: Evidence[] }
  | { readonly isReady: false; readonly failure: SetupFailure };

/** Narrows a round that tries something out. */
export interface RoundOptions {
  /** Names of the checks to run; verification steps are left out then. Default: everything. */
  readonly only?: readonly string[];
  /** Further variables of the checks. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  readonly around?: CheckWatch;
  /** Program with options that starts the checks, for example to trace them. */
  readonly wrap?: readonly string[];
  /**
   * True when the checks run whenever they are asked for: of something that is kept as a whole together with what was seen beside them.
   * Default: settled checks are not run again.
   */
  readonly isFresh?: boolean;
  /** True when other rounds of the same proof go on beside it, in other lanes; stands in the evidence. */
  readonly isBeside?: boolean;
  /** True for a round that is repeated because others went on beside it the first time. */
  readonly isAlone?: boolean;
}

/** Looks at a check while it runs in the lane. */
export interface CheckWatch {
  before(): Promise<void>;
  after(name: string): Promise<void>;
}

/** Runs rounds of checks, each on one tree, in the proof lane. Settled checks are not run again by a retry. */
export interface ProofRounds {
  run(
    tree: string,
    definitions: Evidence['definitions'],
    options?: RoundOptions,
  ): Promise<ProofRound>;
}

/** Rounds in `proofLane`; their step keys are numbered through. */
export function createProofRounds(
  work: RalphWork,
  plan: ProofPlan,
  proofLane: WorkspaceFolders,
): ProofRounds {
  const keys = createRoundKeys(plan.key);
  const items: readonly (Check | VerificationRun)[] = [
    ...plan.checks,
    ...verificationRuns(plan.verificationSteps),
  ];
  const baseTree = workspaceGit(proofLane).resolve(`${plan.base}^{tree}`);
  // Whoever asks first waits for it; nobody may.
  baseTree.catch(() => undefined);
  return {
    async run(tree, definitions, options = {}) {
      const { only, extraEnv, around, wrap, isFresh = false, isBeside } = options;
      const about: TreeUnderProof = { tree, definitions, proofLane };
      const proven = (await baseTree) ?? plan.base;
      const head = shownHead(plan, tree, proven);
      const lay = { plan, about, head, proven };
      const ready = await layOut(work, { ...lay, state: 'clean' });
      if (!ready.isReady) return ready;
      const evidence: Evidence[] = [];
      // Looked at before any check runs: what one of them leaves behind makes no other one exist.
      const absence = createAbsenceJudge(proofLane, { tree, existing: plan.existing });
      await absence.look();
      let isFirst = true;
      const nextKey = keys(about, options);
      const chosen =
        only === undefined ? items : plan.checks.filter(({ name }) => only.includes(name));
      for (const item of chosen) {
        const run = async (): Promise<Evidence> => {
          // Every check gets the tracked files and the dependencies as they are; what the checks before left beside stays.
          if (!isFirst) await layOut(work, { ...lay, state: 'between' });
          isFirst = false;
          await around?.before();
          let seen = await runItem(work, about, { item, absence, extraEnv, wrap });
          await around?.after(item.name);
          if (isRed(seen) && (await wantsCopies(work, about, seen))) {
            // clean: a check may not pass on what it left itself
            await layOut(work, { ...lay, state: 'clean' });
            seen = await runItem(work, about, { item, absence, extraEnv });
          }
          seen = await markWrites(seen, proofLane);
          if (isBeside === true) seen = { ...seen, isBeside };
          return markKnownFailure(work, plan, { seen, proofLane });
        };
        evidence.push(
          isFresh ? await run() : await settleItem(work, { key: nextKey(), about, item, run }),
        );
      }
      return { isReady: true, setup: ready.report, evidence };
    },
  };
}

interface SettledItem {
  readonly key: StepKey;
  readonly about: TreeUnderProof;
  readonly item: Check | VerificationRun;
  readonly run: () => Promise<Evidence>;
}

async function settleItem(
  work: RalphWork,
  { key, about: { tree, definitions }, item, run }: SettledItem,
): Promise<Evidence> {
  const identity = { tree, definitions, item: sha256(`${item.name}\n${item.command}`) };
  const parse = (stored: unknown): Evidence => evidenceSchema.parse(stored);
  return (await work.dependencies.journal.settle({ key, identity, parse, run })).result;
}

/** Numbers the steps of rounds: gives for each round what numbers its checks. */
type RoundKeys = (about: TreeUnderProof, options: RoundOptions) => () => StepKey;

/**
 * The rounds of a proof are numbered through. Whether something has to be tried beside them depends on what other runs left in the journal, so
 * that those rounds are found by what they are: the same on a retry, whatever was tried before, and in whichever lane.
 */
function createRoundKeys(key: StepKey): RoundKeys {
  let settled = 0;
  return ({ tree, definitions }, { only, extraEnv, wrap, isAlone }) => {
    if (only === undefined && extraEnv === undefined && wrap === undefined)
      return () => ({ ...key, index: (settled += 1) });
    let tried = 0;
    const facts = [tree, definitions, only ?? null, extraEnv ?? null, wrap ?? null];
    if (isAlone === true) facts.push('alone');
    const scope = `${key.scope} trial ${sha256(JSON.stringify(facts))}`;
    return () => ({ scope, step: key.step, index: (tried += 1) });
  };
}

/** True when the check has to run again without mounts in its lane. */
async function wantsCopies(
  work: RalphWork,
  { proofLane }: TreeUnderProof,
  seen: Evidence,
): Promise<boolean> {
  const output = await work.dependencies.blobs.getText(seen.output);
  return isHinderedByMounts(work, proofLane, output);
}

interface ItemRequest {
  readonly item: Check | VerificationRun;
  readonly absence: AbsenceJudge;
  readonly extraEnv: Readonly<Record<string, string>> | undefined;
  readonly wrap?: readonly string[] | undefined;
}

function runItem(
  work: RalphWork,
  about: TreeUnderProof,
  { item, absence, extraEnv, wrap }: ItemRequest,
): Promise<Evidence> {
  return 'type' in item
    ? verifyStep(work, about, item)
    : runCheck(work, { ...about, check: item, absence, extraEnv, wrap });
}

/** HEAD is the tree that is proven, so that nothing is staged or changed there: checks see what a clean checkout shows. */
function shownHead(plan: ProofPlan, tree: string, baseTree: string): LaneHead {
  const { branch, author, subject } = plan.head ?? UNNAMED;
  const head = { commit: plan.base, branch, author };
  const line = visible(subject.replace(/\s+/g, ' ')).trim();
  return tree === baseTree ? head : { ...head, onTop: { tree, message: `${line}\n` } };
}

interface LayOut {
  readonly plan: ProofPlan;
  readonly head: LaneHead;
  readonly about: TreeUnderProof;
  /** Tree of the plan's base. */
  readonly proven: string;
  readonly state: Exclude<PreparationRequest['state'], 'warm'>;
}

async function layOut(
  work: RalphWork,
  { plan, about, head, proven, state }: LayOut,
): ReturnType<typeof prepareDependencies> {
  const { proofLane: lane, tree } = about;
  await rm(join(lane.root, '.git'), { recursive: true, force: true });
  await workspaceGit(lane).checkoutTree(tree, { keepTimes: plan.setup.caches !== undefined });
  const isFilling = plan.isUntouched === true && head.onTop === undefined;
  const { setup, key } = plan;
  const owner = { proven, proof: `${key.scope}#${key.step}` };
  const request = { lane, setup, tree, state };
  const prepared = await prepareDependencies(work, { ...request, owner, isFilling });
  await ensureWorkdir(lane);
  if (prepared.isReady) await layOutCaches(work, request);
  await plantLaneGit(lane, head);
  return prepared;
}

/** What a check changes while it runs is no longer the tree that is proven. */
async function markWrites(seen: Evidence, proofLane: WorkspaceFolders): Promise<Evidence> {
  if (!isPassing(seen)) return seen;
  const git = workspaceGit(proofLane);
  const changed = await git.run(['diff', '--name-only', '-z', '--no-ext-diff', '--no-renames']);
  const writes = changed.stdout.toString('utf8').split('\0').filter(Boolean);
  return writes.length === 0
    ? seen
    : { ...seen, writes: writes.slice(0, WRITES_LIMIT).map((path) => path.slice(0, PATH_LIMIT)) };
}

async function markKnownFailure(
  work: RalphWork,
  plan: ProofPlan,
  { seen, proofLane }: { readonly seen: Evidence; readonly proofLane: WorkspaceFolders },
): Promise<Evidence> {
  if (plan.baseline === null || isPassing(seen) || seen.absence !== undefined) return seen;
  const lines = await failuresOf(work, seen, proofLane);
  return newFailures(plan.baseline, seen, lines)?.length === 0
    ? { ...seen, isKnownFailure: true }
    : seen;
}

/** The failures that a check printed, comparable with those of other lanes. */
export async function failuresOf(
  work: RalphWork,
  evidence: Evidence,
  proofLane: WorkspaceFolders,
): Promise<string[]> {
  const output = await work.dependencies.blobs.getText(evidence.output);
  return failureLines(output, [proofLane.root, join(proofLane.state, 'home')]);
}
