import type { EnvironmentVariables } from '../light/environment.js';
import type { UserFile } from '../schema.js';
import { capability } from './schema.js';

/** What the platform worker is told by files and environment; flags win over it. */
export interface PlatformSettings {
  readonly server: string | null;
  readonly name: string | null;
  /** Null = all workspaces of the configuration. */
  readonly codebases: readonly string[] | null;
  readonly autoApprove: 'all' | 'safe' | 'none';
  readonly maxTasks: number;
  readonly prefix: 'auto' | 'agent' | 'opencode';
  readonly capabilities: readonly string[];
}

/** As the Rust worker has it: four model conversations beside each other keep a machine busy and a provider willing. */
const MAX_TASKS = 4;

/** See {@link PlatformSettings}. Names of the environment win over those of files. */
export function platformSettings(
  { platform = {} }: UserFile,
  environment: EnvironmentVariables,
): PlatformSettings {
  const named = (environment['CODETETHER_WORKER_CAPABILITIES'] ?? '').split(',');
  return {
    server: valueOf(environment['CODETETHER_SERVER']) ?? platform.server ?? null,
    name: valueOf(environment['CODETETHER_WORKER_NAME']) ?? platform.name ?? null,
    codebases: platform.codebases ?? null,
    autoApprove: platform.auto_approve ?? 'safe',
    maxTasks: platform.max_tasks ?? MAX_TASKS,
    prefix: platform.prefix ?? 'auto',
    capabilities: [
      ...(platform.capabilities ?? []),
      ...named.map((word) => word.trim()).filter((word) => capability.safeParse(word).success),
    ],
  };
}

/** Token of the platform, from the environment; kept apart from the configuration so that it is never serialised. Null = none. */
export function platformToken(environment: EnvironmentVariables): string | null {
  return valueOf(environment['CODETETHER_TOKEN']) ?? null;
}

function valueOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
