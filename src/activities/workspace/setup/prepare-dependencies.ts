import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { z } from 'zod';
import {
  setupReportSchema,
  type SetupFailure,
  type SetupReport,
  type WorkspaceSetup,
} from '../../../domain/index.js';
import {
  canOverlay,
  dropLostLease,
  isNotFound,
  noteEngineWrite,
  workspaceGit,
  writeDurableFile,
  writeLaneEnvironment,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import type { RalphWork } from '../dependencies.js';
import { afterLaneSetup, dropViews } from '../caches/lay-out-caches.js';
import { generationPlace } from '../caches/layer-places.js';
import { COPY, copyInto } from './copied-files.js';
import { offlineVariables } from './package-caches.js';
import {
  comparePreparedFiles,
  readPreparedFiles,
  removeFiles,
  takePreparedFiles,
  writePreparedFiles,
} from './prepared-files.js';
import { layOutSubmodules } from '../submodules.js';
import { setupOffline } from './setup-failed.js';
import { readySetup } from './ready-steps.js';
import { runSetupStep } from './run-setup-step.js';
import {
  closePackages,
  isHinderedByView,
  openPackages,
  type FoundPackages,
  type SetupPackages,
} from './setup-packages.js';
import { chooseFiles, type SetupFiles, type SetupOwner } from './setup-files.js';
import { setupKey } from './setup-key.js';
import { excludePaths, listUntracked, removeUntracked } from './untracked.js';

/** A lane whose tracked files lie ready, and what its dependencies are to be made for. */
export interface PreparationRequest {
  readonly lane: WorkspaceFolders;
  readonly setup: WorkspaceSetup;
  /** Tree or commit whose files the lane holds. */
  readonly tree: string;
  /**
   * `warm`: a lane for agents, in which ignored files of earlier stories stay. `clean`: nothing but what set-up made stays,
   * unchanged. `between`: as `clean`, but what the checks before left may stay beside it.
   */
  readonly state: 'warm' | 'clean' | 'between';
  readonly owner: SetupOwner;
  /** True for the untouched base, whose set-up fetches the packages that all lanes find. Default: false. */
  readonly isFilling?: boolean;
}

/** A lane with its dependencies, or why it has none. `report` is null where the repository needs no set-up. */
export type Preparation =
  | { readonly isReady: true; readonly report: SetupReport | null }
  | { readonly isReady: false; readonly failure: SetupFailure };

const stampSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  /** What set-up made, as git lists it. */
  roots: z.array(z.string()),
  report: setupReportSchema,
  /** True when commands find its packages by mounts alone; absent = no. */
  isMounted: z.boolean().optional(),
  /** The proof that alone may use it, null = all may; absent = by an earlier version, which did not ask. */
  proof: z.string().nullable().optional(),
});
type Stamp = z.infer<typeof stampSchema>;

/**
 * Makes the dependencies of a lane ready for its tree. Set-up runs once for the same lock files and commands, and again
 * when something changed what it had made. Activity only; a killed worker's half set-up is made anew by the retry.
 */
export async function prepareDependencies(
  work: RalphWork,
  wanted: PreparationRequest,
): Promise<Preparation> {
  const startedAt = performance.now();
  const { lane, tree, state } = wanted;
  const setup = await readySetup(wanted.setup, wanted);
  const request = { ...wanted, setup };
  if (setup.steps.length === 0 && setup.copy.length === 0) {
    if (state === 'clean') {
      await removeUntracked(lane, []);
      await resetHome(lane);
    }
    await layOutSubmodules(lane, tree, { removesOthers: state === 'clean' });
    if (setup.extraDirs.length > 0) await writeSurroundings(request, null);
    return { isReady: true, report: null };
  }
  await layOutSubmodules(lane, tree, { removesOthers: false });
  if (await dropLostLease(generationPlace(work.dependencies.home, lane)))
    await rm(stampFile(lane), { force: true });
  const key = await setupKey(lane, setup, tree);
  const stamp = await readStamp(lane);
  if (stamp?.key === key && (await isUsable(work, request, stamp))) {
    const durationMs = Math.round(performance.now() - startedAt);
    return { isReady: true, report: { ...stamp.report, isReused: true, durationMs } };
  }
  const { owner } = wanted;
  const files = await chooseFiles({ lane, tree, owner, planned: wanted.setup, ready: setup, key });
  const end = await setUp(work, { ...request, tree: files.tree }, stamp);
  const { failure } = end;
  if (failure?.isNetwork === true) throw setupOffline(failure);
  if (failure !== undefined) return { isReady: false, failure };
  const report = await finish(work, request, { ...end, key, startedAt, proof: files.proof });
  return { isReady: true, report };
}

/** The next preparation of the lane is a new one: packages that its set-up fetched are no longer there. */
export async function forgetSetup(lane: WorkspaceFolders): Promise<void> {
  await rm(stampFile(lane), { force: true });
}

/** What set-up made in the lane; paths as git lists them. */
export async function preparedRoots(lane: WorkspaceFolders): Promise<readonly string[]> {
  return (await readStamp(lane))?.roots ?? [];
}

/** What preparing the lane took when it was last done; undefined when nothing had to be prepared. */
export async function preparationMs(lane: WorkspaceFolders): Promise<number | undefined> {
  return (await readStamp(lane))?.report.durationMs;
}

async function isUsable(
  work: RalphWork,
  request: PreparationRequest,
  stamp: Stamp,
): Promise<boolean> {
  const { lane, owner } = request;
  if (stamp.proof !== null && stamp.proof !== owner.proof) return false;
  // The sandbox may be another one since.
  const isShown =
    stamp.isMounted !== true || (await canOverlay(work.dependencies.sandbox, lane.state));
  return isShown && (await isUntouched(request, stamp));
}

/** True when set-up's files are as it left them; what else lies in the lane is removed where it must be clean. */
async function isUntouched({ lane, state }: PreparationRequest, stamp: Stamp): Promise<boolean> {
  const before = await readPreparedFiles(lane);
  if (before === undefined) return false;
  const now = await takePreparedFiles(lane, stamp.roots);
  const { changed, strays } = comparePreparedFiles(before, now);
  if (changed.length > 0) return false;
  if (state !== 'clean') return true;
  await removeFiles(lane, strays);
  await removeUntracked(lane, stamp.roots);
  await resetHome(lane);
  return true;
}

type CommandTraffic = NonNullable<SetupReport['traffic']>[number];

interface SetUpEnd {
  readonly failure: SetupFailure | undefined;
  readonly traffic: readonly CommandTraffic[];
  readonly packages: SetupPackages;
}

async function setUp(
  work: RalphWork,
  request: PreparationRequest,
  stamp: Stamp | undefined,
): Promise<SetUpEnd> {
  const { lane, setup, tree, state, isFilling = false } = request;
  await rm(stampFile(lane), { force: true });
  // They lie over what set-up makes.
  await dropViews(lane);
  await excludePaths(lane, []);
  if (state === 'warm' && stamp !== undefined) await removeFiles(lane, stamp.roots);
  else await workspaceGit(lane).checkoutTree(tree, { removeIgnored: true });
  await layOutSubmodules(lane, tree, { removesOthers: true });
  if (state !== 'warm') await emptyHome(lane);
  await writeDurableFile(beforeFile(lane), JSON.stringify(await listUntracked(lane)));
  noteEngineWrite(lane.root);
  await copyInto(lane, setup.copy);
  const packages = await openPackages(work, { lane, isFilling });
  const end = await runSteps(work, request, packages);
  const isHindered = await isHinderedByView(lane, packages, end.failure);
  return isHindered ? setUp(work, request, stamp) : { ...end, packages };
}

async function runSteps(
  work: RalphWork,
  { lane, setup }: PreparationRequest,
  packages: SetupPackages,
): Promise<Pick<SetUpEnd, 'failure' | 'traffic'>> {
  const traffic: CommandTraffic[] = [];
  for (const step of setup.steps) {
    const end = await runSetupStep(work, { lane, setup, step, packages });
    if (end.failure !== undefined) return { failure: end.failure, traffic };
    if (end.traffic !== null) traffic.push({ command: step.command, hosts: [...end.traffic] });
  }
  return { failure: undefined, traffic };
}

async function finish(
  work: RalphWork,
  request: PreparationRequest,
  facts: SetUpEnd &
    Pick<SetupFiles, 'proof'> & { readonly key: string; readonly startedAt: number },
): Promise<SetupReport> {
  const { lane, setup, tree, state } = request;
  // What set-up changed of the tracked files is undone: the tree decides, and a story must not be charged with it.
  await workspaceGit(lane).run(['read-tree', '--reset', '-u', tree]);
  const before = new Set(z.array(z.string()).parse(JSON.parse(await readBefore(lane))));
  const submodules = await layOutSubmodules(lane, tree, { removesOthers: false });
  const made = (await listUntracked(lane)).filter((path) => !before.has(path));
  const roots = [...made, ...submodules];
  await excludePaths(lane, roots);
  const isMounted = await writeSurroundings(request, facts.packages);
  await afterLaneSetup(work, lane, roots);
  if (state !== 'warm') await keepHome(lane);
  const files = await takePreparedFiles(lane, roots);
  await writePreparedFiles(lane, files);
  const report: SetupReport = {
    commands: setup.steps.map((step) => step.command),
    isReused: false,
    durationMs: Math.round(performance.now() - facts.startedAt),
    bytes: files.bytes,
    ...(facts.traffic.length === 0 ? {} : { traffic: [...facts.traffic] }),
  };
  const { key, proof } = facts;
  const stamp: Stamp = { version: 1, key, roots, report, isMounted, proof };
  await writeDurableFile(stampFile(lane), JSON.stringify(stamp));
  return report;
}

/**
 * Checks and agents find what set-up made: virtual environments first on PATH, its packages without network. True when the
 * packages have to be mounted for that.
 */
async function writeSurroundings(
  { lane, setup }: PreparationRequest,
  packages: SetupPackages | null,
): Promise<boolean> {
  const folders = [lane.workdir, ...setup.steps.map((step) => step.folder)];
  const environments = [...new Set(folders.map((folder) => posix.join(folder, '.venv')))].filter(
    (folder) => existsSync(join(lane.root, folder, 'bin')),
  );
  const [first] = environments;
  const used = setup.steps.length > 0 ? packages : null;
  const nothing: FoundPackages = { readable: [], views: [] };
  const found = used === null ? nothing : await closePackages(used);
  await writeLaneEnvironment(lane, {
    variables: {
      ...(used === null ? {} : offlineVariables(used.folder)),
      ...(first === undefined ? {} : { VIRTUAL_ENV: join(lane.root, first) }),
    },
    path: environments.map((folder) => `${folder}/bin`),
    readable: [...found.readable, ...setup.share, ...setup.extraDirs],
    ...(found.views.length === 0 ? {} : { views: found.views }),
  });
  return found.views.length > 0;
}

const homeFolder = ({ state }: WorkspaceFolders): string => join(state, 'home');
const keptHome = ({ state }: WorkspaceFolders): string => join(state, 'home.prepared');
const stampFile = ({ state }: WorkspaceFolders): string => join(state, 'setup.json');
const beforeFile = ({ state }: WorkspaceFolders): string => join(state, 'setup-before.json');
const readBefore = (lane: WorkspaceFolders): Promise<string> => readFile(beforeFile(lane), 'utf8');

async function emptyHome(lane: WorkspaceFolders): Promise<void> {
  await rm(homeFolder(lane), { recursive: true, force: true });
  await rm(keptHome(lane), { recursive: true, force: true });
}

async function keepHome(lane: WorkspaceFolders): Promise<void> {
  await mkdir(homeFolder(lane), { recursive: true, mode: 0o700 });
  await cp(homeFolder(lane), keptHome(lane), COPY);
}

/** The private HOME of the checks as set-up left it: programs and caches that an earlier story planted are gone. */
async function resetHome(lane: WorkspaceFolders): Promise<void> {
  await rm(homeFolder(lane), { recursive: true, force: true });
  try {
    await cp(keptHome(lane), homeFolder(lane), COPY);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function readStamp(lane: WorkspaceFolders): Promise<Stamp | undefined> {
  let text: string;
  try {
    text = await readFile(stampFile(lane), 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const parsed = stampSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
