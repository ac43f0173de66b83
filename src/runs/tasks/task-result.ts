import type { Config } from '../../config/index.js';
import type { ClosedTask } from '../../contracts/index.js';
import {
  CodetetherError,
  shortLine,
  type RunRecord,
  type TaskArtifact,
  type TaskRequest,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { runGitProcess, sha256, type TaskFiles } from '../../platform/index.js';
import { renderReport } from '../../report/index.js';
import { diffRun } from '../results/diff-run.js';
import type { GitLogin, GitLogins } from './git-login.js';
import { NETWORK_SETTINGS } from './lay-out.js';
import { rlmAnswer } from '../rlm/rlm-answer.js';
import { swarmAnswer } from '../swarm/swarm-answer.js';

/** Characters of an artifact that go into the log; the rest is in its file. */
const SHOWN = 32_000;
const LARGEST_PATCH = 32 * 1024 * 1024;
const STATES = { passed: 'completed', cancelled: 'canceled' } as const;

/** Where results are kept, and how git logs in where a branch is pushed. */
export interface ResultPlace {
  readonly config: Config;
  readonly files: TaskFiles;
  readonly logins: GitLogins;
}

/** Collects what the run of a task made. The same again gives the same. */
export async function taskResult(
  request: TaskRequest,
  record: RunRecord,
  { config, files, logins }: ResultPlace,
): Promise<ClosedTask> {
  const { taskId } = request;
  const pushed = await pushBranch(request, record, { config, logins });
  const made = [
    await answerOf(record, config),
    ...(await changesOf(record, config)),
    {
      artifactId: 'report',
      name: 'report.md',
      mediaType: 'text/markdown',
      text: renderReport(record),
    },
  ].filter((one) => one !== undefined);
  const artifacts: TaskArtifact[] = [];
  for (const one of made) artifacts.push(await kept(taskId, one, files));
  const state = STATES[record.status as keyof typeof STATES] ?? 'failed';
  const words = record.reason === '' ? `the run ended: ${record.status}` : record.reason;
  return { state, text: shortLine([words, ...pushed].join('; '), 2000), artifacts };
}

type Made = Pick<TaskArtifact, 'artifactId' | 'name' | 'mediaType' | 'text' | 'description'>;

async function kept(taskId: string, made: Made, files: TaskFiles): Promise<TaskArtifact> {
  const bytes = Buffer.byteLength(made.text);
  if (made.text.length <= SHOWN) return { ...made, bytes };
  await files.writeArtifact(taskId, made.artifactId, made.text);
  const digest = sha256(made.text);
  return { ...made, text: made.text.slice(0, SHOWN), bytes, digest };
}

async function answerOf(record: RunRecord, config: Config): Promise<Made | undefined> {
  const common = { artifactId: 'answer', name: 'answer.md', mediaType: 'text/markdown' };
  if (record.kind === 'rlm') {
    const answer = await rlmAnswer(config, record);
    return answer === null ? undefined : { ...common, text: answer.text };
  }
  if (record.kind === 'swarm') {
    const answer = await swarmAnswer(config, record);
    return answer === null ? undefined : { ...common, text: answer };
  }
  const summaries = record.stories.flatMap(({ attempts }) => {
    const summary = attempts.at(-1)?.summary ?? '';
    return summary === '' ? [] : [summary];
  });
  return summaries.length === 0 ? undefined : { ...common, text: summaries.join('\n\n') };
}

/** The branch with its commits, and everything from base to head as one patch; nothing where nothing was committed. */
async function changesOf(record: RunRecord, config: Config): Promise<Made[]> {
  const { headCommit, baseCommit, publishedBranch } = record;
  if (headCommit === '' || headCommit === baseCommit || publishedBranch === null) return [];
  const { text } = await diffRun(config.home, { record, isStat: false, isColoured: false });
  const commits = record.stories.flatMap(({ story, commit }) =>
    commit === null ? [] : [{ story: story.id, title: story.title, commit }],
  );
  const branch = {
    branch: publishedBranch,
    base_commit: baseCommit,
    head_commit: headCommit,
    commits,
  };
  const isWhole = Buffer.byteLength(text) <= LARGEST_PATCH;
  return [
    {
      artifactId: 'branch',
      name: 'branch.json',
      mediaType: 'application/json',
      text: JSON.stringify(branch),
    },
    {
      artifactId: 'patch',
      name: 'changes.patch',
      mediaType: 'text/x-patch',
      ...(isWhole ? {} : { description: 'its beginning: the whole is on the branch' }),
      text: isWhole ? text : text.slice(0, LARGEST_PATCH),
    },
  ];
}

/** Pushes the branch of a cloned repository where the service is configured to; gives what became of it. */
async function pushBranch(
  { place }: TaskRequest,
  { publishedBranch, repository, headCommit, baseCommit }: RunRecord,
  { config: { worker }, logins }: Pick<ResultPlace, 'config' | 'logins'>,
): Promise<string[]> {
  const isWanted = place?.kind === 'git' && worker.tasks.isPushed;
  if (!isWanted || publishedBranch === null || headCommit === baseCommit) return [];
  const ref = `refs/heads/${publishedBranch}`;
  const login = await loginOrReason(logins, place.url);
  if (typeof login === 'string') return [notPushed(publishedBranch, login)];
  try {
    await runGitProcess({
      args: ['push', '--quiet', 'origin', `${ref}:${ref}`],
      env: { GIT_TERMINAL_PROMPT: '0', ...login.env },
      cwd: repository,
      settings: [...NETWORK_SETTINGS, ...login.settings],
    });
    return [`branch ${publishedBranch} is pushed`];
  } catch (error) {
    return [notPushed(publishedBranch, redactText(wordsOf(error)))];
  }
}

/** Why there is no login. A Vault that is away is waited for: the work is done, and nothing of it is lost. */
async function loginOrReason(logins: GitLogins, url: string): Promise<GitLogin | string> {
  try {
    return await logins(url);
  } catch (error) {
    if (error instanceof CodetetherError && error.isRetryable) throw error;
    return wordsOf(error);
  }
}

function notPushed(branch: string, why: string): string {
  return `branch ${branch} could not be pushed (${shortLine(why, 300)}); the patch has all of it`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
