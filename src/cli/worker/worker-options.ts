import { hostname } from 'node:os';
import {
  platformToken,
  processEnvironment,
  type Config,
  type PlatformSettings,
} from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import type { LinkOptions } from '../../platform-link/index.js';
import { offeredWorkspaces } from './offered-workspaces.js';

const LONGEST_NAME = 100;

/** Flags of `codetether worker`. */
export interface WorkerFlags {
  readonly server?: string;
  readonly token?: string;
  readonly name?: string;
  readonly codebases?: readonly string[];
  readonly autoApprove?: PlatformSettings['autoApprove'];
  readonly email?: string;
  readonly pushUrl?: string;
  readonly maxTasks?: number;
  readonly prefix?: PlatformSettings['prefix'];
  readonly json?: boolean;
}

/** What the worker is, by flags, environment and configuration. Throws exit-2 errors for what cannot be. */
export async function linkOptions(flags: WorkerFlags, config: Config): Promise<LinkOptions> {
  const { CAPABILITIES, DEFAULT_PACE, linkFolder, platformAddress } =
    await import('../../platform-link/index.js');
  const { platform } = config;
  const server = platformAddress(serverOf(flags, config));
  const token = flags.token ?? platformToken(processEnvironment()) ?? undefined;
  await keepSecret(token);
  const model = config.defaultModel?.reference;
  return {
    server,
    token,
    name: nameOf(flags, config),
    hostname: hostname(),
    prefix: prefixOf(flags.prefix ?? platform.prefix),
    capabilities: [...new Set([...CAPABILITIES, ...platform.capabilities])],
    workspaces: await offeredWorkspaces({
      named: flags.codebases ?? platform.codebases,
      configured: config.worker.tasks.workspaces,
      folder: process.cwd(),
    }),
    models: model === undefined ? [] : [model],
    autoApprove: flags.autoApprove ?? platform.autoApprove,
    maxTasks: flags.maxTasks ?? platform.maxTasks,
    email: flags.email,
    pushUrl: flags.pushUrl,
    folder: linkFolder(config.home, server),
    pace: DEFAULT_PACE,
  };
}

function serverOf(flags: WorkerFlags, { platform }: Config): string {
  const address = flags.server ?? platform.server;
  if (address !== null) return address;
  throw new InvalidInputError('ERR_PLATFORM_URL', {
    message: 'the worker needs the address of a platform',
    where: { field: '--server' },
    hint: 'codetether worker --server URL, CODETETHER_SERVER, or server below [platform] of your configuration',
  });
}

function nameOf(flags: WorkerFlags, { platform }: Config): string {
  return (flags.name ?? platform.name ?? hostname()).slice(0, LONGEST_NAME);
}

function prefixOf(prefix: PlatformSettings['prefix']): LinkOptions['prefix'] {
  return prefix === 'auto' ? undefined : `/v1/${prefix}`;
}

/** The token is in no line that this process writes. */
async function keepSecret(token: string | undefined): Promise<void> {
  if (token === undefined) return;
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new InvalidInputError('ERR_PLATFORM_TOKEN', {
      message:
        'the token of the platform is none: it has characters that no header can carry, or none at all',
      where: { field: '--token' },
      hint: 'give one of its tokens by --token or CODETETHER_TOKEN',
    });
  }
  const { rememberSecret } = await import('../../observability/index.js');
  rememberSecret('platform-token', token);
}

/** The folders that this command offers, by name; the service reads them with each task. */
export function offeredFolders({
  workspaces,
}: Pick<LinkOptions, 'workspaces'>): Record<string, string> {
  return Object.fromEntries(
    workspaces.flatMap(({ name, path }) => (path === undefined ? [] : [[name, path]])),
  );
}
