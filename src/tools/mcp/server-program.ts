import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { McpServer } from '../../domain/index.js';
import {
  hostEnvironment,
  runProcess,
  wrapCommand,
  type WrappedCommand,
} from '../../platform/index.js';
import type { ToolWorkspace } from '../tool.js';
import type { McpServices } from './services.js';
import type { StartProgram } from './stdio-transport.js';

type StdioServer = McpServer['transport'] & { readonly kind: 'stdio' };

/** A server that is not stopped before runs as long as the worker; timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** The files that a server is given; undefined = those of nobody. */
export type ServedFiles = Pick<ToolWorkspace, 'root' | 'workdir' | 'state' | 'gitDir'> | undefined;

/** How a program of the configuration is started. */
export interface ProgramRequest {
  readonly name: string;
  readonly server: StdioServer;
  readonly files: ServedFiles;
  /** For the variable that the configuration names. */
  readonly token: string | undefined;
}

/**
 * Puts the program of a server into the sandbox: with a private home, the files that the configuration gives it, no network unless the
 * configuration says so, and of the environment what any command gets, the variables that are listed by name, and its token.
 */
export async function prepareProgram(
  services: Pick<McpServices, 'folder' | 'sandbox' | 'masked'>,
  { name, server, files, token }: ProgramRequest,
): Promise<StartProgram> {
  const own = files === undefined ? join(services.folder, name) : join(files.state, 'mcp', name);
  const home = join(own, 'home');
  const isWriter = files !== undefined && server.folder === 'write';
  const root = isWriter ? files.root : join(own, 'files');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await mkdir(root, { recursive: true });
  const wrapped = await wrapCommand(services.sandbox, {
    argv: [server.command, ...server.args],
    root,
    cwd: files === undefined ? root : join(files.root, files.workdir),
    home,
    owner: isWriter ? files.gitDir : own,
    masked: services.masked,
    readable: [...(files === undefined || isWriter ? [] : [files.root]), ...server.readPaths],
    network: server.network,
    isErrorApart: true,
  });
  const env = { ...wrapped.env, ...listedVariables(server), ...tokenVariable(server, token) };
  return startIn({ ...wrapped, env });
}

function listedVariables({ env }: StdioServer): Record<string, string> {
  const host = hostEnvironment();
  return Object.fromEntries(
    env.flatMap((name) => {
      const value = host[name];
      return value === undefined || OURS.test(name) ? [] : [[name, value]];
    }),
  );
}

/** Our own settings and keys are for nobody else, even where a configuration lists them. */
const OURS = /^(VAULT_|BAO_|CODETETHER_|TEMPORAL_|LD_|DYLD_)/;

function tokenVariable({ tokenEnv }: StdioServer, token: string | undefined) {
  return tokenEnv === null || token === undefined ? {} : { [tokenEnv]: token };
}

function startIn(wrapped: WrappedCommand): StartProgram {
  return ({ input, output, errors }) => {
    const controller = new AbortController();
    const run = runProcess({
      ...wrapped,
      timeoutMs: LONGEST_MS,
      signal: controller.signal,
      maxOutputBytes: 1,
      isRaw: true,
      onInput: input,
      onOutput: output,
      onErrorOutput: errors,
    });
    const ended = run.then(
      ({ exitCode, killedBy, stoppedBy }) => {
        if (stoppedBy !== null) return `was ended: too much ${stoppedBy}`;
        return exitCode === null
          ? `was ended by ${killedBy ?? 'a signal'}`
          : `ended with exit code ${exitCode}`;
      },
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return {
      ended,
      async stop() {
        controller.abort();
        await ended;
      },
    };
  };
}
