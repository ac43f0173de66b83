import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cheat, Files } from './corpus-item.js';
import { layer, setUp, shell, type Project } from './project.js';
import type { Tools } from './tools.js';

const run = promisify(execFile);
const GIT_ENVIRONMENT = {
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'corpus',
  GIT_AUTHOR_EMAIL: 'corpus@example.test',
  GIT_COMMITTER_NAME: 'corpus',
  GIT_COMMITTER_EMAIL: 'corpus@example.test',
};

/** What becomes a history. */
export interface StoryHistory {
  /** An empty folder. */
  readonly repo: string;
  /** The base, then what each story changes. */
  readonly trees: readonly Files[];
  readonly project: Project;
  readonly tools: Tools;
  /** Run in the last tree before it is committed. */
  readonly forge: Cheat['forge'];
}

/** Makes `repo` a repository with one commit a tree, and gives back the commits; what the project ignores is committed when a story says so. */
export async function commitTrees(history: StoryHistory): Promise<string[]> {
  const { repo, trees, forge } = history;
  await git(repo, 'init', '--quiet', '--initial-branch=main');
  const commits: string[] = [];
  for (const [at, tree] of trees.entries()) {
    await layer(repo, tree);
    const isLast = at === trees.length - 1;
    if (isLast && forge !== undefined) await forgeIn(history, forge.command);
    await git(repo, 'add', '--all');
    const forced = [
      ...Object.keys(tree).filter((path) => tree[path] !== null),
      ...(isLast ? (forge?.artefacts ?? []) : []),
    ];
    await git(repo, 'add', '--force', '--', ...forced);
    await git(repo, 'commit', '--quiet', '--allow-empty', '--message', `tree ${at}`);
    commits.push((await git(repo, 'rev-parse', 'HEAD')).trim());
  }
  await git(repo, 'clean', '-ffdxq');
  return commits;
}

async function forgeIn({ repo, project, tools }: StoryHistory, command: string): Promise<void> {
  await setUp(repo, project, tools);
  const { exitCode, output } = await shell(command, repo, tools);
  if (exitCode !== 0) throw new Error(`nothing could be forged in ${project.id}: ${output}`);
}

async function git(repo: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', repo, ...args], { env: GIT_ENVIRONMENT });
  return stdout;
}
