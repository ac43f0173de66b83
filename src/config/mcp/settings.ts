import { resolve } from 'node:path';
import type { McpServer } from '../../domain/index.js';
import type { UserFile } from '../schema.js';

type FileServer = NonNullable<NonNullable<UserFile['mcp']>['servers']>[string];

const DEFAULT_TIMEOUT_S = 60;
const DEFAULT_TASK_TIMEOUT_S = 12 * 3600;
const DEFAULT_START_TIMEOUT_S = 30;
const DEFAULT_OUTPUT = 50 * 1024;

/** The servers of tools, in the order of their names; a file that names one again replaces all of it. */
export function mcpSettings({ mcp = {} }: UserFile): McpServer[] {
  return Object.entries(mcp.servers ?? {})
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, server]) => ({
      name,
      transport: transportOf(server),
      allow: server.allow ?? null,
      deny: server.deny ?? [],
      readOnly: server.read_only ?? [],
      idempotent: server.idempotent ?? [],
      timeoutMs: Math.round((server.timeout_s ?? DEFAULT_TIMEOUT_S) * 1000),
      taskTimeoutMs: Math.round((server.task_timeout_s ?? DEFAULT_TASK_TIMEOUT_S) * 1000),
      startTimeoutMs: Math.round((server.start_timeout_s ?? DEFAULT_START_TIMEOUT_S) * 1000),
      maxOutputBytes: server.max_output ?? DEFAULT_OUTPUT,
    }));
}

function transportOf(server: FileServer): McpServer['transport'] {
  if (server.url !== undefined)
    return { kind: 'http', url: server.url, auth: server.auth ?? 'none' };
  return {
    kind: 'stdio',
    // The schema demands one of the two.
    command: server.command ?? '',
    args: server.args ?? [],
    env: server.env ?? [],
    tokenEnv: server.token_env ?? null,
    folder: server.folder ?? 'none',
    network: server.network ?? 'none',
    readPaths: server.read_paths ?? [],
  };
}

/** The same with the paths of a file, which start from its folder. */
export function absoluteMcp(
  mcp: NonNullable<UserFile['mcp']>,
  folder: string,
): NonNullable<UserFile['mcp']> {
  const servers = Object.entries(mcp.servers ?? {}).map(([name, server]) => {
    const { command, read_paths: paths } = server;
    return [
      name,
      {
        ...server,
        ...(command?.includes('/') === true ? { command: resolve(folder, command) } : {}),
        ...(paths === undefined ? {} : { read_paths: paths.map((path) => resolve(folder, path)) }),
      },
    ] as const;
  });
  return { ...mcp, servers: Object.fromEntries(servers) };
}
