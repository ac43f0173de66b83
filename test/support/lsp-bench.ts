import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { createLspTools } from '../../src/tools/lsp/family.js';
import {
  createServerPool,
  type PoolOptions,
  type ServerPool,
} from '../../src/tools/lsp/server/server-pool.js';
import type { ToolContext, ToolOutput } from '../../src/tools/tool.js';
import { callTool, toolContext } from './tool-context.js';
import { workspaceFixture, type WorkspaceFixture } from './workspace-fixture.js';

/** What the double of a language server is told to do; see `lsp-double.mjs`. */
export interface DoubleOptions {
  readonly findings?: 'pull' | 'right' | 'none' | 'wrong' | 'current';
  readonly delays?: readonly number[];
  readonly isStale?: boolean;
  readonly againMs?: number;
  readonly at?: number;
  readonly fault?: 'crash' | 'hang' | 'flood' | 'garbage' | 'length' | 'huge' | 'memory';
  readonly silent?: readonly string[];
  readonly renames?: readonly string[];
  readonly edit?: unknown;
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

type CallByInput = (
  input: Readonly<Record<string, unknown>>,
  changes?: Partial<ToolContext>,
) => Promise<ToolOutput>;

/** A workspace, servers for it, and the tools that ask them. */
export interface LspBench extends WorkspaceFixture {
  readonly pool: ServerPool;
  readonly call: CallByInput;
  readonly rename: CallByInput;
}

/** Options of a pool whose servers are doubles, for every language. */
export async function doublePool(
  root: string,
  options: DoubleOptions | (() => DoubleOptions) = {},
): Promise<Pick<PoolOptions, 'find'>> {
  // In the workspace, where the sandbox shows it wherever the repository lies.
  const script = join(root, '.double.mjs');
  await copyFile(new URL('lsp-double.mjs', import.meta.url), script);
  return {
    find: () => {
      const told = typeof options === 'function' ? options() : options;
      const args = [script, JSON.stringify(told)];
      return Promise.resolve({ candidate: { program: 'double', args }, program: process.execPath });
    },
  };
}

/** A workspace with `files` whose language servers are doubles, or with `real` those that are installed. */
export async function lspBench(
  files: Readonly<Record<string, string>>,
  options: DoubleOptions | (() => DoubleOptions) | 'real' = {},
  more: Partial<PoolOptions> = {},
): Promise<LspBench> {
  const fixture = await workspaceFixture(files);
  const { root } = fixture.workspace;
  const doubles = options === 'real' ? {} : await doublePool(root, options);
  const pool = createServerPool({
    sandbox: await detectSandbox(),
    masked: [fixture.home],
    ...doubles,
    ...more,
  });
  onTestFinished(() => pool.stopAll());
  const [lsp, rename] = createLspTools(pool);
  if (lsp === undefined || rename === undefined) throw new Error('no tools');
  let step = 0;
  const context = (changes: Partial<ToolContext>): ToolContext => {
    step += 1;
    return toolContext(fixture.workspace, { step: { scope: 'test', step, index: 0 }, ...changes });
  };
  return {
    ...fixture,
    pool,
    call: (input, changes = {}) => callTool(lsp, input, context(changes)),
    rename: (input, changes = {}) => callTool(rename, input, context(changes)),
  };
}
