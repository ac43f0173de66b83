import {
  heardPaths,
  isConfigurationPath,
  isShellPath,
  isTestPath,
  judgeStage,
  languageOf,
  type CanaryVerdict,
  type Check,
  type CheckControl,
  type ControlStage,
  type Evidence,
  type SurfaceChange,
} from '../../../domain/index.js';
import { workspaceGit, type TreeDiff } from '../../../platform/index.js';
import type { CheckScripts } from '../check-scripts.js';
import type { ControlledBase } from './base-controls.js';
import { substitute } from '../story-tree.js';
import { tryBrokenProduct, type ProductFile } from './broken-product.js';
import { canaryPaths } from './canary-tree.js';
import { heardPlaces, runOnce, runPlanted, type ToolCheck } from './check-control.js';
import type { TrialBench } from './side-lanes.js';
import { FROZEN_ASSERT } from './frozen-assert.js';
import { sideBySide, type CanaryTask } from './side-by-side.js';
import type { AddedFindings } from '../added/search-added.js';
import { listFiles, type TreeFile } from './tree-files.js';

/** Files that are broken, two runs each. */
const BROKEN_FILES_LIMIT = 5;
/** Files that are broken although the story did not change them. */
const READ_FILES_LIMIT = 3;
/** Files that the run added and that linters are tried on. */
const ADDED_FILES_LIMIT = 30;
const SHOWN_FILES = 20;

/** A check that is green on both sides, with what it did on the approved base. */
export interface ControlledCheck extends ToolCheck {
  readonly control: CheckControl;
  /** Of the story's own tree. */
  readonly evidence: Evidence;
}

/** A story in which canaries are tried. */
export interface CanaryTrial {
  readonly bench: TrialBench;
  readonly controlled: readonly ControlledCheck[];
  /** The story's tree, with the base's tests unless it may change them. */
  readonly tree: string;
  /** The story's own tree. */
  readonly ownTree: string;
  /** The story's tree with the base's tests and runners. */
  readonly runnerTree: string;
  readonly scripts: CheckScripts;
  readonly diff: TreeDiff;
  readonly difference: readonly SurfaceChange[];
  readonly approved: ControlledBase;
  /** Tree of the base that the story was made on. */
  readonly baseTree: string;
  /** True when the checks are green with the definitions that a person approved: files that the story added hide nothing. Default: false. */
  readonly isGreenAsApproved?: boolean;
  readonly lines: AddedFindings['lines'];
  readonly unseen: AddedFindings['unseen'];
}

type TreeFiles = ReadonlyMap<string, TreeFile>;

/** What each check notices in the story's files. */
export async function tryCanaries(trial: CanaryTrial): Promise<CanaryVerdict[]> {
  const { bench, controlled, tree } = trial;
  const files = await listFiles(workspaceGit(bench.lane), tree);
  const tasks = controlled.flatMap((own) => tasksOf(trial, own, files));
  const verdicts = (await sideBySide(bench, tasks)).flat();
  const tried = new Set(verdicts.map(({ check }) => check));
  return [
    ...verdicts,
    ...controlled.flatMap(({ check }) => (tried.has(check.name) ? [] : [nothingPlanted(check)])),
  ];
}

/** No tool, no test and no function that could be made to fail. */
function nothingPlanted({ name }: Check): CanaryVerdict {
  return { check: name, kind: 'existing-tests', is: 'no-canary', files: [] };
}

type VerdictTask = CanaryTask<CanaryVerdict[]>;

/** Everything that is tried with one check; no part waits for another. */
function tasksOf(trial: CanaryTrial, own: ControlledCheck, files: TreeFiles): VerdictTask[] {
  const { durationMs } = own.evidence;
  const stages = own.control.stages.map((known): VerdictTask => ({
    durationMs,
    isLone: known.heard.length === 0,
    run: async (bench) => {
      const result = await tryStage({ ...trial, bench }, own, { known, files });
      const isCertain = result.every(({ is }) => is === 'noticed' || is === 'no-canary');
      return { result, isCertain };
    },
  }));
  if (!mayRunProduct(own)) return stages;
  const products = productFiles(trial, own, files)
    .slice(0, BROKEN_FILES_LIMIT)
    .map((product): VerdictTask => {
      const sides = { storyTree: trial.tree, runnerTree: trial.runnerTree, product };
      return { durationMs: 2 * durationMs, run: (bench) => tryBrokenProduct(bench, own, sides) };
    });
  const frozen: VerdictTask = {
    durationMs: 0,
    run: async (bench) => {
      const result = await tryFrozenAssert({ ...trial, bench }, own);
      return { result, isCertain: result.some(({ is }) => is === 'noticed') };
    },
  };
  return [...stages, ...products, frozen];
}

/** Linters and type checkers run nothing; a check of no known tool may be a script that does. */
function mayRunProduct({ control, tools }: ControlledCheck): boolean {
  return (
    control.stages.some(({ isRed, kinds }) => isRed && kinds.includes('existing-tests')) ||
    !tools.some(({ kind }) => kind !== 'recipe')
  );
}

interface KnownStage {
  readonly known: ControlStage;
  readonly files: TreeFiles;
}

async function tryStage(
  trial: CanaryTrial,
  { check, tools }: ControlledCheck,
  { known, files }: KnownStage,
): Promise<CanaryVerdict[]> {
  const { bench, tree } = trial;
  const names = new Set(tools.map(({ tool }) => tool));
  const stage =
    known.kinds.includes('finding') && trial.isGreenAsApproved !== true
      ? await withAddedFiles(trial, { check, stage: known, names, files })
      : known;
  const paths = heardPaths(stage).filter((path) => files.has(path));
  if (paths.length === 0) return judgeStage(check.name, stage, undefined);
  const request = { tree, files, kinds: stage.kinds, paths, tools: names };
  const ran = await runPlanted(bench, check, request);
  const judged = judgeStage(check.name, stage, ran);
  const hidden = ran?.isRed === true ? unheardFiles(judged) : [];
  if (hidden.length === 0) return judged;
  // a runner that stops at its first failure hides the others: alone they have to be noticed
  const rest = await runPlanted(bench, check, { ...request, paths: hidden });
  return judgeStage(check.name, stage, rest);
}

function unheardFiles(verdicts: readonly CanaryVerdict[]): string[] {
  return verdicts.flatMap(({ is, files, rules }) =>
    is === 'unheard' && rules === undefined ? files : [],
  );
}

interface AddedFiles {
  readonly check: Check;
  readonly stage: ControlStage;
  readonly names: ReadonlySet<string>;
  readonly files: TreeFiles;
}

/** Files that the run added, laid into the approved base: what a linter reports there it has to report in the story as well. */
async function withAddedFiles(
  { bench, approved }: CanaryTrial,
  { check, stage, names, files }: AddedFiles,
): Promise<ControlStage> {
  const paths = canaryPaths(files, stage.kinds, names)
    .filter((path) => !approved.files.has(path) && !isTestPath(path))
    .slice(0, ADDED_FILES_LIMIT);
  if (paths.length === 0 || stage.heard.length === 0) return stage;
  const added = paths.flatMap((path) => files.get(path) ?? []);
  const tree = await substitute(
    bench.lane,
    approved.tree,
    added.map((file) => ({ file, entry: { mode: file.mode, object: file.object } })),
  );
  const request = { tree, files, kinds: stage.kinds, paths, tools: names };
  const ran = await runPlanted(bench, check, request);
  return ran === undefined ? stage : { ...stage, heard: [...stage.heard, ...heardPlaces(ran)] };
}

/**
 * Files of the product to break: those that the story changed, then some that the check read on the base. Configuration can swap the
 * product under the tests long before anything is broken.
 */
function productFiles(
  trial: CanaryTrial,
  own: ControlledCheck,
  files: TreeFiles,
): readonly ProductFile[] {
  const { diff, difference, approved, baseTree } = trial;
  const { all, subjects } = trial.scripts;
  // what is run may be the product; what the check's command names is the check
  const definitions = new Set(
    difference.filter(({ path }) => !subjects.has(path)).map(({ path }) => path),
  );
  const changed = diff.files.flatMap(({ path, rawPath, before }): ProductFile[] => {
    const after = files.get(path);
    if (before === null || after === undefined || definitions.has(path)) return [];
    const first = approved.files.get(path);
    return first === undefined
      ? [{ path, before: { ...before, path, rawPath }, baseTree, after }]
      : [{ path, before: first, baseTree: approved.tree, after }];
  });
  const known = new Set(changed.map(({ path }) => path));
  const read = own.control.reads.flatMap((path): ProductFile[] => {
    const [before, after] = [approved.files.get(path), files.get(path)];
    const isProduct = !known.has(path) && !definitions.has(path) && !isTestPath(path);
    const isRun = isShellPath(path) ? all.has(path) : languageOf(path) !== undefined;
    if (!isRun || (all.has(path) && !isShellPath(path))) return [];
    if (!isProduct || isConfigurationPath(path) || before === undefined || after === undefined)
      return [];
    return [{ path, before, baseTree: approved.tree, after }];
  });
  const reads = new Set(own.control.reads);
  const parsed = changed.filter(({ path }) => languageOf(path) !== undefined || isShellPath(path));
  // without a trace nothing is known of what the check reads
  const looked = reads.size === 0 ? parsed : parsed.filter(({ path }) => reads.has(path));
  return [...looked, ...read.slice(0, READ_FILES_LIMIT)];
}

/** Node's assertions cannot be replaced in this run: green that turns red was made by a replacement. */
async function tryFrozenAssert(
  { bench, approved, ownTree, lines, unseen }: CanaryTrial,
  { check, tools }: ControlledCheck,
): Promise<CanaryVerdict[]> {
  const patches = lines.filter(({ what }) => what === 'touches assertions').map(({ path }) => path);
  const suspects = [...new Set([...patches, ...unseen.first])];
  const isScript = tools.some(
    ({ kind, languages }) => kind === 'test' && languages.includes('javascript'),
  );
  if (suspects.length === 0 || !isScript) return [];
  const run = { check, extraEnv: FROZEN_ASSERT };
  const control = await runOnce(bench, { ...run, tree: approved.tree });
  if (control === undefined || control.isRed) return [];
  const ran = await runOnce(bench, { ...run, tree: ownTree });
  if (ran === undefined) return [];
  const files = suspects.slice(0, SHOWN_FILES);
  return [{ check: check.name, kind: 'assertion', is: ran.isRed ? 'unheard' : 'noticed', files }];
}
