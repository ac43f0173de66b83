import { processEnvironment, type Config, type EnvironmentVariables } from '../../config/index.js';
import {
  REGISTRY_HOSTS,
  withCompanions,
  type SetupNetwork,
  type SetupStep,
} from '../../domain/index.js';
import type { CommitFiles } from '../../platform/index.js';
import { lockFileHosts } from './lock-hosts.js';
import { registrySettings } from './registry-settings.js';

/** What a set-up's network is planned from. */
export interface NetworkPlace {
  readonly steps: readonly SetupStep[];
  /** The commit that the run starts from: what an agent adds to a lock file later is not let through by itself. */
  readonly files: CommitFiles;
  /** `--setup-network`; undefined = what the configuration says. */
  readonly flag?: SetupNetwork['mode'] | undefined;
  readonly environment?: EnvironmentVariables;
}

/**
 * How far the set-up commands of a run get: to the public registries, to what the lock files of its base and the user's
 * package managers name, and to what the user allows; or, when the user says so, as far as the host.
 */
export async function planNetwork(
  config: Pick<Config, 'egress'>,
  { steps, files, flag, environment = processEnvironment() }: NetworkPlace,
): Promise<SetupNetwork> {
  const { allow, allowPrivate, setupNetwork } = config.egress;
  const [registries, locked] = await Promise.all([
    registrySettings(steps, environment),
    lockFileHosts(files),
  ]);
  const named = withCompanions([...registries.hosts, ...locked, ...allow]);
  return {
    mode: flag ?? setupNetwork,
    allow: named.filter((host) => !REGISTRY_HOSTS.includes(host)),
    allowPrivate: [...allowPrivate],
    variables: { ...registries.variables },
  };
}
