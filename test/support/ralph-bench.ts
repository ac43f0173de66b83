import { beginStory } from '../../src/activities/workspace/begin-story.js';
import { recordsOf } from './saved-records.js';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StoryInput } from '../../src/contracts/workflow-types.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { parseModelReference } from '../../src/domain/agent/model.js';
import { ZERO_SPENDING } from '../../src/domain/run/spending.js';
import { type AttemptRecord, type RalphOptions } from '../../src/domain/run/ralph-run.js';
import type { RalphDependencies, RalphWork } from '../../src/activities/workspace/dependencies.js';
import { prepareRun, type PreparedRun } from '../../src/activities/workspace/prepare-run.js';
import { createBlobStore } from '../../src/platform/storage/blob-store.js';
import { createEventLog } from '../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../src/platform/storage/step-journal.js';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { homePaths } from '../../src/platform/storage/home.js';
import { openWorkspace, type WorkspaceFolders } from '../../src/platform/workspace/workspace.js';
import { RUN_LIMITS, story } from './stories.js';
import { temporaryFolder } from './temporary-folder.js';

/** A user's repository and a prepared run on it, in folders that end with the test. */
export interface RalphBench {
  readonly repository: string;
  readonly prdPath: string;
  /** HEAD of the user's repository when the run was prepared. */
  readonly base: string;
  readonly dependencies: RalphDependencies;
  readonly work: RalphWork;
  readonly prepared: PreparedRun;
  readonly lane: WorkspaceFolders;
  readonly proofLane: WorkspaceFolders;
  /** Writes a file of the lane, as an agent would. */
  write(path: string, content: string): Promise<void>;
}

/** Runs git as a person would, in `folder`; gives its trimmed output. */
export function userGit(folder: string, ...args: readonly string[]): string {
  // Files of a lane belong to the user id of its commands when the tests run as root.
  const identity = [
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.org',
    '-c',
    'safe.directory=*',
  ];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

/** Creates a repository on branch `main` with one commit that holds `files`; gives its folder. */
export async function userRepository(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await temporaryFolder(), 'repo');
  await mkdir(folder);
  userGit(folder, 'init', '--quiet', '--initial-branch', 'main');
  for (const [path, content] of Object.entries(files)) await writeInside(folder, path, content);
  userGit(folder, 'add', '-A');
  userGit(folder, 'commit', '--quiet', '--message', 'first commit');
  return folder;
}

/** What the Ralph activities work with, over one home. */
export async function ralphDependencies(home: string): Promise<RalphDependencies> {
  const paths = homePaths(home);
  return {
    home,
    blobs: createBlobStore(paths.blobs),
    journal: createStepJournal(paths.journal),
    events: createEventLog(paths.events),
    records: recordsOf(home),
    sandbox: await detectSandbox(),
    // Which run may claim what is proven where plans are kept.
    requirePlan: async () => undefined,
  };
}

/** A repository with `files`, and run `run-1` prepared on it; the lane holds the files, as at the start of a story. */
export async function ralphBench(
  files: Readonly<Record<string, string>> = {},
  workdir = '.',
): Promise<RalphBench> {
  return benchOn(await userRepository({ 'README.md': '# demo\n', ...files }), workdir);
}

/** Run `run-1` prepared on a repository that a test made. */
export async function benchOn(repository: string, workdir = '.'): Promise<RalphBench> {
  const home = await temporaryFolder();
  const dependencies = await ralphDependencies(home);
  const base = userGit(repository, 'rev-parse', 'HEAD');
  const prdPath = join(repository, workdir, 'prd.json');
  const request = { runId: 'run-1', repository, workdir, prdPath, baseCommit: base };
  const prepared = await prepareRun(dependencies, request);
  const lane = await openWorkspace(home, prepared.lane);
  return {
    repository,
    prdPath,
    base,
    dependencies,
    work: {
      dependencies,
      heartbeat: { progress: () => undefined, stop: () => undefined },
      signal: new AbortController().signal,
    },
    prepared,
    lane,
    proofLane: await openWorkspace(home, prepared.proofLane),
    write: (path, content) => writeInside(lane.root, path, content),
  };
}

async function writeInside(root: string, path: string, content: string): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** Options of a run with small limits. */
export const RALPH_OPTIONS: RalphOptions = {
  model: parseModelReference('double/scripted'),
  contextWindow: 100_000,
  maxAttempts: 3,
  maxIterations: 9,
  allowCheckChanges: false,
  canaries: 'auto',
  maxTurns: 10,
  ...RUN_LIMITS,
};

/** Input of one attempt on the bench. */
export function storyInput(bench: RalphBench, changes: Partial<StoryInput> = {}): StoryInput {
  return {
    runId: 'run-1',
    story: story('US-001'),
    attempt: 1,
    project: 'demo',
    feature: 'Feature',
    technicalRequirements: [],
    checks: [],
    options: RALPH_OPTIONS,
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    statePaths: bench.prepared.statePaths,
    prdPath: bench.prdPath,
    author: { name: 'Ada', email: 'ada@example.org' },
    branch: 'feature/work',
    feedback: null,
    setup: NO_SETUP,
    baseline: null,
    ...changes,
  };
}

/** An attempt that passed, with defaults for everything that a test does not care about. */
export function attemptRecord(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    outcome: 'passed',
    reason: 'all checks passed',
    summary: '',
    learnings: [],
    evidence: [],
    changedDefinitions: [],
    changedFiles: [],
    spending: ZERO_SPENDING,
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:04:15.000Z',
    durationMs: 10_000,
    ...changes,
  };
}

/** A bench whose lane is ready for the agent. */
export async function begunStory(
  files: Readonly<Record<string, string>> = {},
  workdir = '.',
): Promise<RalphBench> {
  const bench = await ralphBench(files, workdir);
  await beginStory(bench.work, storyInput(bench));
  return bench;
}
