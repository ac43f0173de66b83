import { z } from 'zod';

/** One word about what a worker can do. */
export const capability = z.string().regex(/^[\w.-]{1,64}$/, 'expected letters, digits, - . _');

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
