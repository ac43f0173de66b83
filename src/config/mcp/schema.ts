import { z } from 'zod';
import { isWebhookAddress } from '../../domain/index.js';

/** Keys of servers that are started as a program. */
const STDIO_KEYS = ['args', 'env', 'token_env', 'folder', 'network', 'read_paths'] as const;

const toolNames = z.array(z.string().min(1).max(128)).max(500);
/** Parts of the names of tools are kept apart by `__`, and names end in files and paths. */
export const mcpServerName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]|_(?=[a-z0-9-])){0,31}$/,
    'expected up to 32 lower-case letters, digits, - and single _ between them',
  );
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable');

/** A server of tools (MCP): a program of this machine, or one that answers over http. */
export const mcpServer = z
  .strictObject({
    command: z.string().min(1).optional(),
    args: z.array(z.string()).max(100).optional(),
    /** Names of variables that it is given from the service's environment. */
    env: z.array(variableName).max(50).optional(),
    /** Variable in which it finds the token that lies in Vault. */
    token_env: variableName.optional(),
    folder: z.enum(['none', 'read', 'write']).optional(),
    network: z.enum(['none', 'full']).optional(),
    read_paths: z.array(z.string().min(1)).max(50).optional(),
    url: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .refine(isWebhookAddress, 'expected an https URL; http is for this machine only')
      .optional(),
    /** `vault` = with the token that lies in Vault, `oauth` = with those of a login; headers never stand in a file. */
    auth: z.enum(['vault', 'oauth', 'none']).optional(),
    allow: toolNames.optional(),
    deny: toolNames.optional(),
    read_only: toolNames.optional(),
    idempotent: toolNames.optional(),
    timeout_s: z.number().positive().max(3600).optional(),
    task_timeout_s: z.number().positive().max(604_800).optional(),
    start_timeout_s: z.number().positive().max(300).optional(),
    max_output: z.int().min(1024).max(1_048_576).optional(),
  })
  .refine((server) => (server.command === undefined) !== (server.url === undefined), {
    message: 'expected either command or url',
  })
  .refine((server) => server.url === undefined || !STDIO_KEYS.some((key) => key in server), {
    message: `a server with a url has none of ${STDIO_KEYS.join(', ')}`,
  })
  .refine((server) => server.command === undefined || server.auth === undefined, {
    message: 'auth is for servers with a url; a command gets its token by token_env',
  });
