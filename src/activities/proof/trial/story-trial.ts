import {
  describeSetupFailure,
  foldersSetIn,
  isFewer,
  isPassing,
  judgeTrial,
  passedTests,
  relativeFolders,
  visible,
  type ProofFlag,
  type TestCount,
  type Trial,
} from '../../../domain/index.js';
import { hostEnvironment, workspaceGit } from '../../../platform/index.js';
import { checkScripts, type CheckScripts } from '../check-scripts.js';
import { replacedModules } from '../replaced-modules.js';
import { controlOn, openBase, type ControlledBase } from './base-controls.js';
import { openSecrets } from './canary-tree.js';
import { runOnce } from './check-control.js';
import type { TrialBench, UnpreparedRun } from './side-lanes.js';
import {
  isLost,
  runDefinitionRounds,
  withoutPardon,
  type DefinitionRounds,
} from './definition-rounds.js';
import { findSurface } from './definition-surface.js';
import type { Seen, TrialOutcome, TrialRequest } from './seen-story.js';
import { listFiles } from './tree-files.js';
import { tryCanaries, type ControlledCheck } from './try-canaries.js';

const REASON_LIMIT = 1000;
const FLAG_LIMIT = 900;
/** As many files as evidence names. */
const WRITES_LIMIT = 20;
const SHOWN_CHANGES = 50;
const SHOWN_LINES = 20;
const SHOWN_CANARIES = 40;
/** The whole proof has to fit a message. */
const CANARY_FILES = 5;

/** Finds out whether green means anything: the base's definitions, then canaries, then counts (docs/adr/0025). */
export async function tryStory(request: TrialRequest): Promise<TrialOutcome> {
  const { work, lane, proofLane, rounds, story, base, beside } = request;
  const secrets = await openSecrets(work, request.scope);
  const unprepared: UnpreparedRun[] = [];
  const bench: TrialBench = {
    work,
    lane: proofLane,
    rounds,
    secrets,
    beside,
    unprepared: (run) => unprepared.push(run),
  };
  const git = workspaceGit(proofLane);
  const approvedTree = (await git.resolve(`${request.approved}^{tree}`)) ?? request.approved;
  const approved = await openBase(proofLane, { tree: approvedTree, setup: request.setup });
  const { controlled, fresh, untried } = await controlAll(request, bench, approved);
  const baseTree = (await git.resolve(`${base}^{tree}`)) ?? base;
  const baseFiles = baseTree === approvedTree ? approved.files : await listFiles(git, baseTree);
  const reads = new Set(controlled.flatMap(({ control }) => control.reads));
  const scripts = withoutUnread(await scriptsOn(request), {
    reads,
    isWhole: controlled.length === request.checks.length,
  });
  const { all, subjects, open } = scripts;
  const surface = await findSurface(lane, {
    ...story,
    sinceApproved:
      baseTree === approvedTree ? story.diff : await git.diffTrees(approvedTree, story.tree),
    facts: {
      files: new Set(baseFiles.keys()),
      folders: foldersOf(baseFiles.keys()),
      scripts: all,
      subjects,
      open,
      reads,
      misses: new Set(controlled.flatMap(({ control }) => control.misses)),
      searched: searchedFolders(request.commands),
    },
  });
  const { lines, unseen } = request.added;
  const replaced = await replacedModules(lane, story.diff, surface.difference);
  const counts = await countAll(bench, controlled, story.tree);
  const seen: Seen = {
    request,
    bench,
    approved,
    baseTree,
    controlled,
    fresh,
    untried,
    surface,
    lines,
    unseen,
    replaced,
    counts,
    scripts,
    unprepared,
  };
  return conclude(seen, await runDefinitionRounds(seen));
}

/** Folders of the repository in which programs are looked for by name. */
function searchedFolders(commands: readonly string[]): string[] {
  return [...relativeFolders(hostEnvironment()['PATH'] ?? ''), ...foldersSetIn(commands)];
}

/** Scripts of the approved base and of the story's; what a person approved says which of them may be the product. */
async function scriptsOn({ lane, base, approved, commands }: TrialRequest): Promise<CheckScripts> {
  const first = await checkScripts(lane, approved, commands);
  if (base === approved) return first;
  const later = await checkScripts(lane, base, commands);
  const merged = (name: Exclude<keyof CheckScripts, 'all'>): ReadonlySet<string> =>
    new Set([...first[name], ...[...later[name]].filter((path) => !first.all.has(path))]);
  return {
    all: new Set([...first.all, ...later.all]),
    subjects: merged('subjects'),
    open: merged('open'),
    programs: merged('programs'),
  };
}

/**
 * A program that a recipe names and that no check reads is none of theirs; known where every check is green on the base and was watched. Where one is not,
 * a program that may be the product is what the story is about.
 */
function withoutUnread(
  scripts: CheckScripts,
  { reads, isWhole }: { readonly reads: ReadonlySet<string>; readonly isWhole: boolean },
): CheckScripts {
  const isOfChecks = (path: string): boolean =>
    isWhole ? reads.size === 0 || reads.has(path) : !scripts.subjects.has(path);
  const isRead = (path: string): boolean => !scripts.programs.has(path) || isOfChecks(path);
  const kept = (name: keyof CheckScripts): ReadonlySet<string> =>
    new Set([...scripts[name]].filter(isRead));
  return {
    all: kept('all'),
    subjects: kept('subjects'),
    open: kept('open'),
    programs: kept('programs'),
  };
}

function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      folders.add(path.slice(0, at + 1));
  return folders;
}

/** Checks that are green in the story's files, with what they did on the approved base. */
async function controlAll(
  { checks, evidence, canaries }: TrialRequest,
  bench: TrialBench,
  approved: ControlledBase,
): Promise<Pick<Seen, 'controlled' | 'fresh' | 'untried'>> {
  const controlled: ControlledCheck[] = [];
  const fresh: string[] = [];
  const untried: string[] = [];
  if (canaries === 'off') return { controlled, fresh, untried };
  for (const check of checks) {
    const own = evidence.find((item) => item.check === check.name && item.kind !== 'verification');
    if (own === undefined || !isPassing(own)) continue;
    const { control, tools } = await controlOn(bench, approved, { check });
    if (control.isAbsent === true) fresh.push(check.name);
    else if (control.isGreen) controlled.push({ check, tools, control, evidence: own });
    else untried.push(check.name);
  }
  return { controlled, fresh, untried };
}

async function countAll(
  bench: TrialBench,
  controlled: readonly ControlledCheck[],
  tree: string,
): Promise<TestCount[]> {
  const counts: TestCount[] = [];
  for (const { check, control, evidence } of controlled) {
    if (control.passed === null) continue;
    const output =
      control.countingEnv === undefined
        ? await bench.work.dependencies.blobs.getText(evidence.output)
        : ((await runOnce(bench, { check, tree, extraEnv: control.countingEnv }))?.output ?? '');
    counts.push({ check: check.name, base: control.passed, story: passedTests(output) ?? null });
  }
  return counts;
}

async function conclude(seen: Seen, rounds: DefinitionRounds): Promise<TrialOutcome> {
  const { request, surface, counts, lines } = seen;
  const canaries =
    !isLost(rounds) && rounds.setupFailure === undefined && wantsCanaries(seen)
      ? await tryCanaries({
          ...seen,
          tree: request.allowCheckChanges ? request.story.tree : surface.withBaseTests,
          ownTree: request.story.tree,
          runnerTree: request.allowCheckChanges ? request.story.tree : surface.withBaseRunner,
          diff: request.story.diff,
          difference: surface.difference,
          isGreenAsApproved: rounds.isGreenWithBase === true && request.base === request.approved,
        })
      : [];
  const definitions = [
    ...surface.difference.filter(({ kind }) => kind !== 'resolution').map(({ path }) => path),
    ...surface.earlier,
  ];
  const verdict = judgeTrial({
    allowCheckChanges: request.allowCheckChanges,
    definitions,
    isGreenWithBase: rounds.isGreenWithBase,
    isGreenWithOwn: rounds.isGreenWithOwn,
    canaries,
    counts,
    writes: surface.isMoved ? writesOf(seen) : [],
  });
  return {
    isPassed: verdict.isPassed,
    reasons: verdict.reasons,
    trial: {
      difference: surface.difference.slice(0, SHOWN_CHANGES),
      method: methodOf(seen),
      rounds: rounds.done,
      canaries: canaries
        .slice(0, SHOWN_CANARIES)
        .map((canary) => ({ ...canary, files: canary.files.slice(0, CANARY_FILES) })),
      counts: counts.slice(0, SHOWN_LINES),
      suspicious: lines
        .slice(0, SHOWN_LINES)
        .map(({ path, line, what, text }) => ({ path, line, what, text })),
      flags: [...verdict.flags, ...flagsOf(seen)]
        .slice(0, SHOWN_LINES)
        .map((flag) => ({ ...flag, text: flag.text.slice(0, FLAG_LIMIT) })),
      reasons: verdict.reasons.map((reason) => reason.slice(0, REASON_LIMIT)).slice(0, SHOWN_LINES),
    },
    evidence: rounds.evidence.map((item) => withoutPardon(request.evidence, item)),
    changedDefinitions: surface.difference
      .filter(({ change, kind }) => change !== 'added' && kind !== 'resolution')
      .map(({ path }) => path),
    ...(rounds.setupFailure === undefined ? {} : { setupFailure: rounds.setupFailure }),
  };
}

/** Files that a check changes in the story's tree and did not change on the base. */
function writesOf({ controlled }: Seen): { check: string; files: string[] }[] {
  return controlled.flatMap(({ check, control, evidence }) => {
    const before = new Set(control.writes ?? []);
    // a check that writes so much is a generator; which files it was is not known whole
    if (before.size >= WRITES_LIMIT) return [];
    const files = (evidence.writes ?? []).filter((path) => !before.has(path));
    return files.length === 0 ? [] : [{ check: check.name, files }];
  });
}

function methodOf({ controlled }: Seen): Trial['method'] {
  const methods = controlled.map(({ control }) => control.method);
  return methods.find((method) => method !== 'names') ?? 'names';
}

function flagsOf(seen: Seen): ProofFlag[] {
  const { request, lines, surface, unseen } = seen;
  const flags: ProofFlag[] = [];
  if (unseen.count > 0) {
    const places = unseen.first.slice(0, 5).map(visible).join(', ');
    const text = `${unseen.count} changed files were not looked at for secrets and for lines that silence checks, all together are too much: ${places}`;
    flags.push({ code: 'not-looked-at', text: text.slice(0, 600) });
  }
  if (lines.length > 0) {
    const places = lines.slice(0, 5).map(({ path, line, what }) => `${path}:${line} (${what})`);
    const rest = lines.length - places.length;
    const text = `look at ${places.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    flags.push({ code: 'suspicious-lines', text: text.slice(0, 600) });
  }
  flags.push(...replacedFlags(seen.replaced));
  for (const { check, control } of seen.controlled)
    if (control.isTraceCut === true)
      flags.push({
        code: 'trace-cut',
        text: `check ${check.name} looks for more files than a trace keeps: whether files were added that it would find instead is known in part`,
      });
  for (const { check, files } of surface.isMoved ? [] : writesOf(seen))
    flags.push({
      code: 'writes-files',
      text: `check ${check} changes files while it runs: ${files.slice(0, 5).join(', ')}`,
    });
  for (const check of seen.fresh)
    flags.push({
      code: 'self-defined',
      text: `self-defined: check ${check} is new with the story`,
    });
  if (wantsCanaries(seen)) flags.push(...untriedFlags(seen.untried));
  flags.push(...unpreparedFlags(seen.unprepared));
  if (request.canaries === 'off' && surface.difference.length > 0)
    flags.push({ code: 'canaries-off', text: 'canaries are off, and the story changed checks' });
  return flags;
}

/** A control that was lost says nothing, and a story that passes without one says little. */
function untriedFlags(checks: readonly string[]): ProofFlag[] {
  return checks.map((check) => ({
    code: 'no-canary',
    text: `no canary: check ${check} was not green when it was tried on the base: whether it can fail is not known`,
  }));
}

/** A canary that could not be run is no reason against a story, and whoever reads "passed" has to know. */
function unpreparedFlags(runs: readonly UnpreparedRun[]): ProofFlag[] {
  const first = new Map(runs.toReversed().map((run) => [run.check, run]));
  return [...first.values()].map(({ check, failure }) => ({
    code: 'no-canary',
    text: `no canary: what was to be tried with check ${check} could not be run: ${describeSetupFailure(failure)}`,
  }));
}

function replacedFlags(replaced: readonly string[]): ProofFlag[] {
  if (replaced.length === 0) return [];
  const places = replaced.slice(0, 5).map(visible).join(', ');
  const text = `tests find another file where the story removed one: ${places}`;
  return [{ code: 'module-replaced', text: text.slice(0, 600) }];
}

function wantsCanaries({ request, surface, lines, unseen, counts }: Seen): boolean {
  if (request.canaries !== 'auto') return request.canaries === 'always';
  return (
    surface.difference.length > 0 ||
    surface.isConfigured ||
    unseen.count > 0 ||
    lines.some(({ mayBlind }) => mayBlind) ||
    counts.some((count) => isFewer(count) || (count.base !== null && count.story === null))
  );
}
