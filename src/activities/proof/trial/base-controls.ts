import { posix } from 'node:path';
import {
  checkControlSchema,
  isPassing,
  isRed,
  TOOL_ROWS,
  type Check,
  type CheckControl,
  type Evidence,
} from '../../../domain/index.js';
import { createGit, sha256, type WorkspaceFolders } from '../../../platform/index.js';
import type { CheckWatch } from '../proof-rounds.js';
import { watchAccessTimes } from './access-times.js';
import { controlCheck, type PlainRun, type ToolCheck } from './check-control.js';
import type { TrialBench } from './side-lanes.js';
import { toolsOfCheck } from './check-tools.js';
import { canTrace, traceLookups, tracingProgram, type Lookups } from './lookups.js';
import { listFiles, type TreeFile } from './tree-files.js';

/** Grows when canaries change, so that older controls are tried anew. */
const VERSION = 3;

/** The base whose controls are asked for. */
export interface ControlledBase {
  readonly proofLane: WorkspaceFolders;
  readonly tree: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Set-up of the run; what it prepares decides what checks can do. */
  readonly setup: unknown;
}

/** Files of a base. */
export async function openBase(
  proofLane: WorkspaceFolders,
  { tree, setup }: Pick<ControlledBase, 'tree' | 'setup'>,
): Promise<ControlledBase> {
  const files = await listFiles(createGit({ gitDir: proofLane.gitDir }), tree);
  return { proofLane, tree, files, setup };
}

/** What a check did on a base, with the rows of the tools that it starts. */
export interface Controlled {
  readonly control: CheckControl;
  readonly tools: ToolCheck['tools'];
}

/**
 * What a check does on a base; tried once, then read, also by later runs on the same base. Only what was found out whole is kept: after a
 * lost trace, or a set-up without network, it is tried anew.
 */
export async function controlOn(
  bench: TrialBench,
  base: ControlledBase,
  request: { readonly check: Check; readonly plain?: PlainRun | undefined },
): Promise<Controlled> {
  const { check } = request;
  let isWhole = true;
  const { result } = await bench.work.dependencies.journal.settle({
    key: { scope: `control ${digestOf(bench, base, check)}`, step: 1, index: 0 },
    identity: { tree: base.tree, command: sha256(check.command) },
    parse: (stored) => checkControlSchema.parse(stored),
    isKept: () => isWhole,
    run: async () => {
      const found = await findOut(bench, base, request);
      isWhole = found.isWhole;
      return found.control;
    },
  });
  const names = new Set(result.tools);
  return { control: result, tools: TOOL_ROWS.filter(({ tool }) => names.has(tool)) };
}

interface Found {
  readonly control: CheckControl;
  /** False when a part is missing that another try may find. */
  readonly isWhole: boolean;
}

async function findOut(
  bench: TrialBench,
  base: ControlledBase,
  { check, plain: known }: Parameters<typeof controlOn>[2],
): Promise<Found> {
  const plain = known ?? (await runPlain(bench, base, check));
  if (plain === undefined) return { control: NO_CONTROL, isWhole: false };
  if (plain.evidence.absence !== undefined)
    return { control: { ...NO_CONTROL, isAbsent: true }, isWhole: true };
  const traced = isPassing(plain.evidence) ? await runTraced(bench, base, check) : NOT_TRACED;
  const tools = await toolsOfCheck(base.proofLane, base.tree, check);
  const { lookups } = traced;
  const tried = await controlCheck(bench, { check, tools }, { base, plain, lookups });
  return { control: tried.control, isWhole: traced.isWhole && tried.isWhole };
}

interface Traced {
  readonly lookups: Lookups | undefined;
  readonly isWhole: boolean;
}

const NOT_TRACED: Traced = { lookups: undefined, isWhole: true };
/** Something was in the way that may not be there the next time. */
const LOST: Traced = { lookups: undefined, isWhole: false };
/** A check that is red under a trace is asked once more. */
const TRACE_TRIES = 2;

/** Once more under a trace, where there is one. What was traced is in no journal of its own: it goes with the control. */
async function runTraced(
  { rounds, work }: TrialBench,
  { proofLane, tree }: ControlledBase,
  check: Check,
): Promise<Traced> {
  const trace = traceLookups(proofLane);
  if (trace === undefined) return NOT_TRACED;
  for (let count = 0; count < TRACE_TRIES; count += 1) {
    const options = { only: [check.name], wrap: trace.wrap, isFresh: true };
    const round = await rounds.run(tree, 'base', options);
    const lookups = await trace.collect();
    const [evidence] = round.isReady ? round.evidence : [];
    if (evidence === undefined) return LOST;
    if (!isPassing(evidence)) continue;
    if (lookups !== undefined) return { lookups, isWhole: true };
    return (await canTrace(work, proofLane)) ? LOST : NOT_TRACED;
  }
  // it does not run under a trace
  return NOT_TRACED;
}

const NO_CONTROL: CheckControl = {
  isGreen: false,
  passed: null,
  method: 'names',
  reads: [],
  misses: [],
  stages: [],
};

function digestOf({ work }: TrialBench, base: ControlledBase, check: Check): string {
  const { level } = work.dependencies.sandbox;
  const facts = [
    VERSION,
    base.tree,
    posix.normalize(base.proofLane.workdir),
    check.command,
    check.timeoutMs,
    level,
    process.version,
    base.setup,
    tracingProgram(base.proofLane) !== undefined,
  ];
  return sha256(JSON.stringify(facts));
}

/** Red once may be an accident, and without a green control nothing is compared. */
const PLAIN_TRIES = 2;

async function runPlain(
  { rounds }: TrialBench,
  base: ControlledBase,
  check: Check,
): Promise<PlainRun | undefined> {
  const watch = createReadWatch(base);
  let plain: PlainRun | undefined;
  for (let count = 0; count < PLAIN_TRIES; count += 1) {
    const options = { only: [check.name], around: watch, isFresh: true };
    const round = await rounds.run(base.tree, 'base', options);
    const [evidence] = round.isReady ? round.evidence : [];
    if (evidence === undefined) return undefined;
    plain = { evidence, reads: watch.readsOf(evidence) };
    if (!isRed(evidence)) break;
  }
  return plain;
}

/** Sees which files of a base each check reads. */
export interface ReadWatch extends CheckWatch {
  /** Undefined where nothing was seen. */
  readsOf(evidence: Pick<Evidence, 'check'>): readonly string[] | undefined;
}

/** A watch over the proof lane while checks run on a base. */
export function createReadWatch({ proofLane, files }: ControlledBase): ReadWatch {
  const paths = [...files.values()]
    .filter(({ mode }) => mode.startsWith('100'))
    .map(({ path }) => path);
  const times = watchAccessTimes(proofLane.root, paths);
  const reads = new Map<string, readonly string[]>();
  return {
    before: () => times.reset(),
    async after(name) {
      reads.set(name, await times.read());
    },
    readsOf: ({ check }) => reads.get(check),
  };
}
