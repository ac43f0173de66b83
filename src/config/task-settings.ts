import { resolve } from 'node:path';
import type { WorkerSettings } from './config.js';
import type { UserFile } from './schema.js';

const MOST_OPEN = 200;
const MOST_OPEN_PER_OWNER = 100;

/** The settings of tasks from outside; what no file says is off. */
export function taskSettings(
  { tasks = {}, workspaces = {} }: UserFile,
  configFile: string | undefined,
): WorkerSettings['tasks'] {
  return {
    workspaces: Object.fromEntries(
      Object.entries(workspaces).map(([name, { path }]) => [name, path]),
    ),
    gitHosts: tasks.git_hosts ?? [],
    gitCredentials: gitCredentials(tasks),
    isPushed: tasks.push ?? false,
    maxOpen: tasks.max_open ?? MOST_OPEN,
    maxOpenPerOwner: tasks.max_open_per_owner ?? MOST_OPEN_PER_OWNER,
    configFile: configFile === undefined ? null : resolve(configFile),
  };
}

/** What GitHub takes with any token; most others take any name. */
const ANYBODY = 'x-access-token';

function gitCredentials({
  git_credentials: credentials = {},
}: NonNullable<UserFile['tasks']>): WorkerSettings['tasks']['gitCredentials'] {
  return Object.entries(credentials)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, { host, username = ANYBODY }]) => ({ name, host, username }));
}

/** The same with the paths of a file, which start from its folder. */
export function absoluteWorkspaces(
  workspaces: NonNullable<UserFile['workspaces']>,
  folder: string,
): NonNullable<UserFile['workspaces']> {
  return Object.fromEntries(
    Object.entries(workspaces).map(([name, { path }]) => [name, { path: resolve(folder, path) }]),
  );
}
