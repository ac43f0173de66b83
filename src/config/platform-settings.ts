import { z } from 'zod';
import type { EnvironmentVariables } from './light/environment.js';
import type { UserFile } from './schema.js';

const capability = z.string().regex(/^[\w.-]{1,64}$/, 'expected letters, digits, - . _');

/** `[platform]`: the worker of a CodeTether platform. */
export const platformTable = z.strictObject({
  /** Address of the platform. */
  server: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
  /** As which the worker shows up. */
  name: z.string().min(1).max(100).optional(),
  /** Names of `[workspaces.NAME]` that it works for; absent = all. */
  codebases: z.array(z.string().min(1).max(100)).max(100).optional(),
  auto_approve: z.enum(['all', 'safe', 'none']).optional(),
  /** Tasks at a time. */
  max_tasks: z.int().min(1).max(100).optional(),
  /** Where the platform keeps its tasks; found out by itself. */
  prefix: z.enum(['auto', 'agent', 'opencode']).optional(),
  /** Further words about what the worker can do. */
  capabilities: z.array(capability).max(50).optional(),
});

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
