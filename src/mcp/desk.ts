import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, EnvironmentVariables } from '../config/index.js';
import { InvalidInputError } from '../domain/index.js';
import { detectSandbox, homePaths, whyUnshown, type Sandbox } from '../platform/index.js';
import {
  builtInTools,
  createToolRegistry,
  type ToolContext,
  type ToolRegistry,
} from '../tools/index.js';

/** What the tools of our server work with. */
export interface ServeDesk {
  /** The folder that is served, real. */
  readonly folder: string;
  /** State of ours about it: redo log, private home of commands, kept outputs. */
  readonly state: string;
  readonly config: Config;
  readonly environment: EnvironmentVariables;
  readonly sandbox: Sandbox;
  readonly registry: ToolRegistry;
  /** File versions that the client has read. */
  readonly seen: Map<string, string>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Opens the current folder for a client. Throws InvalidInputError `ERR_MCP_FOLDER` for one that no stranger is to work in: a home
 * directory, or one that holds state of ours.
 */
export async function openDesk(
  config: Config,
  parts: Pick<ServeDesk, 'environment' | 'signal'> & { readonly folder: string },
): Promise<ServeDesk> {
  const folder = realpathSync(parts.folder);
  const why = whyUnshown(folder, config.home);
  if (why !== undefined) {
    throw new InvalidInputError('ERR_MCP_FOLDER', {
      message: `this folder is not served: it ${why}`,
      where: { file: folder },
      hint: 'start codetether mcp serve in the folder of a project',
    });
  }
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const state = join(homePaths(config.home).mcp, '.served', name);
  await mkdir(join(state, 'files'), { recursive: true });
  const sandbox = await detectSandbox();
  const registry = createToolRegistry(builtInTools({ sandbox, masked: [config.home] }));
  return { ...parts, config, folder, state, sandbox, registry, seen: new Map() };
}

let calls = 0;

/** What a tool of ours gets for one call. */
export function contextOf(desk: ServeDesk, signal: AbortSignal): ToolContext {
  calls += 1;
  return {
    // Nobody makes such a call again: each is a step of its own.
    step: { scope: `mcp-serve/${process.pid}/${Date.now()}`, step: calls, index: 0 },
    workspace: {
      root: desk.folder,
      workdir: '.',
      state: desk.state,
      gitDir: 'none',
      refPrefix: 'refs/none',
      isView: true,
    },
    seen: desk.seen,
    signal: AbortSignal.any([signal, desk.signal]),
    heartbeat: () => undefined,
    keepWhole: () => Promise.resolve('not kept'),
    network: 'none',
  };
}
