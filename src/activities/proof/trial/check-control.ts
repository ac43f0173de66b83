import {
  canaryPlan,
  checkControlSchema,
  heardPaths,
  isPassing,
  passedTests,
  rulesIn,
  showsToken,
  type CanaryKind,
  type CanaryPlace,
  type Check,
  type CheckControl,
  type ControlStage,
  type Evidence,
  type PlantedCanary,
  type ToolRow,
} from '../../../domain/index.js';
import type { ProofRounds } from '../proof-rounds.js';
import { boundedPaths, canaryPaths, plantCanaries, type CanaryRequest } from './canary-tree.js';
import type { Lookups } from './lookups.js';
import { sideBySide, type CanaryTask } from './side-by-side.js';
import type { TrialBench } from './side-lanes.js';
import type { TreeFile } from './tree-files.js';

/** A runner that stops at its first failure is tried again with the files that were hidden, so often. */
const STAGES_LIMIT = 4;
/** Variables that make tools print the messages of what failed; only in runs that nobody counts as evidence. */
export const CANARY_ENV: Readonly<Record<string, string>> = {
  CTEST_OUTPUT_ON_FAILURE: '1',
  PYTEST_ADDOPTS: '--tb=short',
};

/** One check with what it starts. */
export interface ToolCheck {
  readonly check: Check;
  readonly tools: readonly ToolRow[];
}

/** A tree with its files. */
export interface KnownTree {
  readonly tree: string;
  readonly files: ReadonlyMap<string, TreeFile>;
}

/** What a plain run of the check on the base showed. */
export interface PlainRun {
  readonly evidence: Evidence;
  readonly reads: readonly string[] | undefined;
}

/** What is known of a check on the base before canaries are tried. */
export interface ControlFacts {
  readonly base: KnownTree;
  readonly plain: PlainRun;
  /** Undefined where nothing could be traced. */
  readonly lookups: Lookups | undefined;
}

/** A control, and whether everything that belongs to it could be run. */
export interface TriedControl {
  readonly control: CheckControl;
  /** False when the dependencies of a tree with canaries could not be prepared. */
  readonly isWhole: boolean;
}

/** Tries canaries on the base: what the check notices there, it has to notice in every story. */
export async function controlCheck(
  given: TrialBench,
  toolCheck: ToolCheck,
  { base, plain, lookups }: ControlFacts,
): Promise<TriedControl> {
  let isWhole = true;
  const rounds: ProofRounds = {
    async run(...request) {
      const round = await given.rounds.run(...request);
      isWhole &&= round.isReady;
      return round;
    },
  };
  const bench = { ...given, rounds };
  const isGreen = isPassing(plain.evidence);
  const counted = isGreen
    ? await countOnBase(bench, toolCheck, { base, evidence: plain.evidence })
    : { passed: null };
  const facts = factsOf({ plain, lookups });
  const output = await bench.work.dependencies.blobs.getText(plain.evidence.output);
  const { durationMs } = plain.evidence;
  const known = { base, reads: new Set(facts.reads), quiet: new Set(rulesIn(output)), durationMs };
  const stages = isGreen ? await tryPlan(bench, toolCheck, known) : [];
  const control = checkControlSchema.parse({
    isGreen,
    ...counted,
    ...facts,
    ...(plain.evidence.writes === undefined ? {} : { writes: plain.evidence.writes }),
    stages,
    tools: toolCheck.tools.map(({ tool }) => tool),
  });
  return { control, isWhole };
}

/** Which files the check read and looked for, and how that is known. */
function factsOf({
  plain,
  lookups,
}: Omit<ControlFacts, 'base'>): Pick<CheckControl, 'method' | 'reads' | 'misses' | 'isTraceCut'> {
  if (lookups === undefined) {
    const { reads = [] } = plain;
    const method = reads.length === 0 ? 'names' : 'access-times';
    return { method, reads: [...reads], misses: [] };
  }
  const { reads, misses, isCut } = lookups;
  const traced = { method: 'trace' as const, misses: [...misses] };
  if (!isCut) return { ...traced, reads: [...reads] };
  // what a cut trace left out may have been seen by access times
  const all = new Set([...reads, ...(plain.reads ?? [])]);
  return { ...traced, reads: [...all].sort(), isTraceCut: true };
}

async function tryPlan(
  bench: TrialBench,
  toolCheck: ToolCheck,
  known: Omit<StagesRequest, 'kinds'> & { readonly durationMs: number },
): Promise<ControlStage[]> {
  const { groups, fallback } = canaryPlan(toolCheck.tools);
  const tasks = groups.map((kinds): CanaryTask<ControlStage[]> => ({
    durationMs: known.durationMs,
    run: async (own) => {
      const result = await tryStages(own, toolCheck, { ...known, kinds });
      return { result, isCertain: isWholeHeard(result) };
    },
  }));
  const stages = (await sideBySide(bench, tasks)).flat();
  for (const kinds of fallback) {
    if (stages.some(({ isRed }) => isRed)) break;
    stages.push(...(await tryStages(bench, toolCheck, { ...known, kinds })));
  }
  return stages;
}

/** True when every file in which canaries were planted was heard of. */
function isWholeHeard(stages: readonly ControlStage[]): boolean {
  const [first] = stages;
  if (first === undefined || !first.isRed || first.heard.length === 0) return false;
  const heard = new Set(stages.flatMap(heardPaths));
  return first.planted.every((path) => heard.has(path));
}

interface Counted {
  readonly passed: number | null;
  readonly countingEnv?: Readonly<Record<string, string>>;
}

async function countOnBase(
  bench: TrialBench,
  { check, tools }: ToolCheck,
  { base, evidence }: { readonly base: KnownTree; readonly evidence: Evidence },
): Promise<Counted> {
  const { blobs } = bench.work.dependencies;
  const passed = passedTests(await blobs.getText(evidence.output));
  if (passed !== undefined) return { passed };
  const countingEnv = Object.assign({}, ...tools.map((row) => row.countingEnv ?? {})) as Record<
    string,
    string
  >;
  if (Object.keys(countingEnv).length === 0) return { passed: null };
  const ran = await runOnce(bench, { check, tree: base.tree, extraEnv: countingEnv });
  const number = ran === undefined ? undefined : passedTests(ran.output);
  return number === undefined ? { passed: null } : { passed: number, countingEnv };
}

interface StagesRequest {
  readonly base: KnownTree;
  readonly kinds: readonly CanaryKind[];
  /** Files that the check reads; empty = not known. */
  readonly reads: ReadonlySet<string>;
  /** Rules that the untouched base is reported under already. */
  readonly quiet: ReadonlySet<string>;
}

async function tryStages(
  bench: TrialBench,
  { check, tools }: ToolCheck,
  { base, kinds, reads, quiet }: StagesRequest,
): Promise<ControlStage[]> {
  const names = new Set(tools.map(({ tool }) => tool));
  let paths = boundedPaths(canaryPaths(base.files, kinds, names), reads);
  const stages: ControlStage[] = [];
  while (paths.length > 0 && stages.length < STAGES_LIMIT) {
    const ran = await runPlanted(bench, check, { ...base, kinds, paths, tools: names });
    if (ran === undefined) break;
    const stage: ControlStage = {
      kinds: [...kinds],
      planted: [...new Set(ran.planted.map(({ path }) => path))],
      isRed: ran.isRed,
      ...(kinds.includes('finding')
        ? { rules: rulesIn(ran.output).filter((rule) => !quiet.has(rule)) }
        : {}),
      heard: ran.isRed ? heardPlaces(ran) : [],
    };
    stages.push(stage);
    const done = new Set(heardPaths(stage));
    if (!stage.isRed || stage.heard.length === 0) break;
    paths = stage.planted.filter((path) => !done.has(path));
  }
  // the last one noticed nothing: it says only that the rest is not looked at
  const last = stages.at(-1);
  return stages.length > 1 && last?.heard.length === 0 ? stages.slice(0, -1) : stages;
}

/** One check on one tree, outside the story's evidence. */
export interface SingleRun {
  readonly isRed: boolean;
  readonly output: string;
  readonly durationMs: number;
}

/** Runs one check; undefined where the tree's dependencies could not be prepared. */
export async function runOnce(
  { rounds, work, unprepared }: TrialBench,
  request: {
    readonly check: Check;
    readonly tree: string;
    readonly extraEnv?: Readonly<Record<string, string>>;
  },
): Promise<SingleRun | undefined> {
  const { check, tree, extraEnv = {} } = request;
  const round = await rounds.run(tree, 'base', { only: [check.name], extraEnv });
  if (!round.isReady) unprepared?.({ check: check.name, failure: round.failure });
  const [evidence] = round.isReady ? round.evidence : [];
  if (evidence === undefined) return undefined;
  return {
    isRed: !isPassing(evidence),
    output: await work.dependencies.blobs.getText(evidence.output),
    durationMs: evidence.durationMs,
  };
}

/** One check on a tree with canaries. */
export interface PlantedRun extends SingleRun {
  readonly planted: readonly PlantedCanary[];
}

/** Plants canaries and runs the check; undefined where none can be planted, or the dependencies could not be prepared. */
export async function runPlanted(
  bench: TrialBench,
  check: Check,
  request: CanaryRequest,
): Promise<PlantedRun | undefined> {
  const { tree, planted } = await plantCanaries(bench.lane, request, bench.secrets);
  if (planted.length === 0) return undefined;
  const ran = await runOnce(bench, { check, tree, extraEnv: CANARY_ENV });
  return ran === undefined ? undefined : { ...ran, planted };
}

/** The canaries whose token was shown. */
export function heardPlaces({ planted, output }: PlantedRun): CanaryPlace[] {
  return planted
    .filter(({ token }) => showsToken(output, token))
    .map(({ path, kind, index }) => ({ path, kind, index }));
}
