import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkerSettings } from '../../config/index.js';
import { InvalidInputError, isWebhookAddress, type TaskRequest } from '../../domain/index.js';
import { homePaths, runGitProcess, sha256, type GitCommand } from '../../platform/index.js';
import { loginRefused, type GitLogin, type GitLogins } from './git-login.js';
import { offeredWorkspaces } from './offered-workspaces.js';

/** Settings of tasks from outside. */
export type TaskSettings = WorkerSettings['tasks'];

/** Only https (http to this machine alone is let through before), no redirects, and an end for what stands still. */
export const NETWORK_SETTINGS = [
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.http.allow=always',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
];

/** Where tasks are laid out, and how git logs in. */
export interface LayOutPlace {
  readonly home: string;
  readonly tasks: TaskSettings;
  readonly logins: GitLogins;
}

/**
 * The repository that a task works in, as a folder of this machine; null for a task without one. Repositories of other machines are
 * cloned below the home, one clone a context, so that follow-ups find the branch of what came before. Throws InvalidInputError
 * `ERR_TASK_WORKSPACE`, `ERR_TASK_GIT_HOST`, `ERR_TASK_GIT_REF`, `ERR_TASK_GIT_REPOSITORY`, `ERR_TASK_GIT_CREDENTIAL`.
 */
export async function layOutTask(
  request: TaskRequest,
  { home, tasks, logins }: LayOutPlace,
): Promise<string | null> {
  const { place } = request;
  if (place === undefined) return null;
  if (place.kind === 'workspace')
    return namedWorkspace(place.name, { ...(await offeredWorkspaces(home)), ...tasks.workspaces });
  requireKnownHost(place.url, tasks);
  const login = await logins(place.url);
  return cloneFor(request, { url: place.url, ref: place.ref, home, login });
}

function namedWorkspace(name: string, workspaces: TaskSettings['workspaces']): string {
  const path = Object.hasOwn(workspaces, name) ? workspaces[name] : undefined;
  if (path !== undefined) return path;
  throw new InvalidInputError('ERR_TASK_WORKSPACE', {
    message: 'there is no workspace of that name',
    where: { field: 'workspace' },
    hint: 'ask whoever runs this service which workspaces there are: [workspaces.NAME] of its configuration',
  });
}

/** Only https, and http to this machine; no names with keys in them. Throws `ERR_TASK_GIT_HOST`. */
export function requireKnownHost(address: string, { gitHosts }: TaskSettings): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !isWebhookAddress(address))
    throw refused('the address of the repository is no https URL');
  if (url.username !== '' || url.password !== '')
    throw refused('the address of the repository holds a name or a key');
  if (!gitHosts.some((pattern) => isHost(pattern, url)))
    throw refused(`repositories of ${url.host} are not cloned here`);
  return url;
}

/** `*`, `.suffix`, `host` or `host:port`; a port that is not named is the protocol's own. */
function isHost(pattern: string, { hostname, host, port }: URL): boolean {
  if (pattern === '*') return port === '';
  if (pattern.startsWith('.')) return port === '' && hostname.endsWith(pattern);
  return host === pattern || (port !== '' && `${hostname}:${port}` === pattern);
}

function refused(message: string): InvalidInputError {
  return new InvalidInputError('ERR_TASK_GIT_HOST', {
    message,
    where: { field: 'git_url' },
    hint: 'name a host that the service knows: git_hosts below [tasks] of its configuration',
  });
}

/** Where the clone of a context lies. */
export function clonePlace(home: string, { owner, contextId, place }: TaskRequest): string {
  const url = place?.kind === 'git' ? place.url : '';
  const name = sha256(JSON.stringify([owner, contextId, url]));
  return join(homePaths(home).tasks, '.clones', name.slice(0, 32));
}

async function cloneFor(
  request: TaskRequest,
  {
    url,
    ref,
    home,
    login,
  }: {
    readonly url: string;
    readonly ref: string | undefined;
    readonly home: string;
    readonly login: GitLogin;
  },
): Promise<string> {
  const folder = clonePlace(home, request);
  await mkdir(folder, { recursive: true });
  const run = (args: readonly string[], more: Partial<GitCommand> = {}) =>
    runGitProcess({ args, env: { GIT_TERMINAL_PROMPT: '0' }, cwd: folder, ...more });
  // each step can be done again: a try that was cut short is gone on with
  await run(['init', '--quiet']);
  await run(['config', 'remote.origin.url', url]);
  const wanted = ref ?? 'HEAD';
  try {
    await run(
      ['fetch', '--quiet', '--no-tags', '--force', 'origin', `+${wanted}:refs/codetether/base`],
      {
        settings: [...NETWORK_SETTINGS, ...login.settings],
        env: { GIT_TERMINAL_PROMPT: '0', ...login.env },
      },
    );
  } catch (error) {
    throw refusalOf(error, { url, login }) ?? error;
  }
  const { exitCode } = await run(['rev-parse', '--quiet', '--verify', 'refs/codetether/base'], {
    accept: [1, 128],
  });
  if (exitCode !== 0) throw unknownRef(undefined);
  await run(['checkout', '--quiet', '--force', '--detach', 'refs/codetether/base']);
  return folder;
}

/** What no further try mends; a network that is away is waited for. */
function refusalOf(
  error: unknown,
  { url, login }: { readonly url: string; readonly login: GitLogin },
): InvalidInputError | undefined {
  const words = error instanceof Error ? error.message : '';
  if (words.includes("couldn't find remote ref")) return unknownRef(error);
  if (login.name !== null && LOGIN_REFUSALS.some((refusal) => words.includes(refusal)))
    return loginRefused(login.name, url, error);
  const isRefused = [...LOGIN_REFUSALS, ...REFUSALS].some((refusal) => words.includes(refusal));
  if (!isRefused) return undefined;
  return new InvalidInputError('ERR_TASK_GIT_REPOSITORY', {
    message: 'the repository is not there, or cannot be read without a login',
    where: { field: 'git_url' },
    hint: 'name a repository that anybody may read, or have a login configured: [tasks.git_credentials.NAME] of the service',
    cause: error,
  });
}

/** Words of git, in the one language that it is run in. */
const LOGIN_REFUSALS = [
  'could not read Username',
  'Authentication failed',
  'terminal prompts disabled',
  'returned error: 401',
  'returned error: 403',
];
const REFUSALS = ['not found', 'does not appear to be a git repository', 'returned error: 404'];

function unknownRef(cause: unknown): InvalidInputError {
  return new InvalidInputError('ERR_TASK_GIT_REF', {
    message: 'the repository has no such branch, tag or commit',
    where: { field: 'ref' },
    hint: 'leave it out to begin at the default branch',
    cause,
  });
}
