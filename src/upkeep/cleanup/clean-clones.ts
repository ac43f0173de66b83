import { existsSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isEnded, type RunRecord } from '../../domain/index.js';
import { processEnvironment } from '../../config/index.js';
import {
  bareRepository,
  createGit,
  QUIET_GIT,
  removeFolder,
  runRef,
} from '../../platform/index.js';

const runFile = promisify(execFile);
const COLLECT_TIMEOUT_MS = 10 * 60_000;

/** What becomes of the engine's clone of one repository. */
export interface ClonePlan {
  /** Folder below `workspaces/`. */
  readonly folder: string;
  readonly gitDir: string;
  /** Runs whose refs go. */
  readonly runIds: readonly string[];
  /** `remove`: no run is left. `collect`: git removes what no ref holds. `keep`: a run works there, objects stay. */
  readonly fate: 'remove' | 'collect' | 'keep';
}

/** One plan for each repository of the runs that go. */
export function planClones(
  home: string,
  runs: { readonly old: readonly RunRecord[]; readonly kept: readonly RunRecord[] },
): ClonePlan[] {
  const repositories = new Set(runs.old.map(({ repository }) => repository));
  return [...repositories].map((repository) => {
    const gitDir = bareRepository(home, repository);
    const left = runs.kept.filter((record) => record.repository === repository);
    const isOpen = left.some(({ status }) => !isEnded(status));
    return {
      folder: dirname(gitDir),
      gitDir,
      runIds: runs.old
        .filter((record) => record.repository === repository)
        .map(({ runId }) => runId),
      fate: left.length === 0 ? 'remove' : isOpen ? 'keep' : 'collect',
    };
  });
}

/** Carries a plan out. Repeating it after a crash is harmless. */
export async function cleanClone(plan: ClonePlan): Promise<void> {
  if (!existsSync(plan.gitDir)) return;
  if (plan.fate === 'remove') return removeFolder(plan.folder);
  const git = createGit({ gitDir: plan.gitDir });
  for (const runId of plan.runIds) {
    const listed = await git.run([
      'for-each-ref',
      '--format=delete %(refname)',
      runRef(runId),
      `${runRef(runId)}-kept/`,
      `refs/codetether/lanes/${runId}/`,
      `refs/codetether/merges/${runId}`,
    ]);
    await git.run(['update-ref', '--stdin'], { stdin: listed.stdout });
  }
  if (plan.fate === 'keep') return;
  // Younger objects may belong to something that is only being written.
  await runFile('git', ['--git-dir', plan.gitDir, 'gc', '--quiet', '--prune=1.day.ago'], {
    timeout: COLLECT_TIMEOUT_MS,
    env: {
      ...processEnvironment(),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      ...QUIET_GIT,
    },
  });
}
