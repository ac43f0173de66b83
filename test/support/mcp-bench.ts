import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { McpServer } from '../../src/domain/agent/mcp-server.js';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import type { SandboxLevel } from '../../src/platform/sandbox/sandbox.js';
import { createMcpFamily, type McpFamily } from '../../src/tools/mcp/family.js';
import type { McpServices } from '../../src/tools/mcp/services.js';
import { createToolRegistry, type ToolRegistry } from '../../src/tools/registry.js';
import type { ToolContext, ToolOutput } from '../../src/tools/tool.js';
import { toolContext } from './tool-context.js';
import { workspaceFixture, type WorkspaceFixture } from './workspace-fixture.js';

/** The server that behaves as badly as its mode says. */
export const DOUBLE = fileURLToPath(new URL('./mcp-server.mjs', import.meta.url));

/** What a test changes of a server. */
export type ServerChanges = Partial<Omit<McpServer, 'transport'>> & {
  readonly stdio?: Partial<McpServer['transport'] & { kind: 'stdio' }>;
};

/** The double in a mode, as the configuration would name it. */
export function doubleServer(mode: string, changes: ServerChanges = {}): McpServer {
  const { stdio = {}, ...others } = changes;
  return {
    name: 'double',
    allow: null,
    deny: [],
    readOnly: [],
    idempotent: [],
    timeoutMs: 5000,
    taskTimeoutMs: 3_600_000,
    startTimeoutMs: 10_000,
    maxOutputBytes: 50 * 1024,
    ...others,
    transport: {
      kind: 'stdio',
      command: process.execPath,
      args: [DOUBLE, mode],
      env: [],
      tokenEnv: null,
      folder: 'none',
      network: 'none',
      // The repository may lie below a home directory, which sandboxes hide.
      readPaths: [dirname(DOUBLE)],
      ...stdio,
    },
  };
}

/** An agent's tools over some servers, in a workspace with a file. */
export interface McpBench extends WorkspaceFixture {
  readonly family: McpFamily;
  readonly registry: ToolRegistry;
  /** Folder in which a server with no files of anybody works. */
  readonly files: (server?: string) => string;
  /** Calls a tool as a model would; each call is a step of its own unless `changes` name one. */
  call(name: string, input?: object, changes?: Partial<ToolContext>): Promise<ToolOutput>;
}

/** Opens a bench; everything is stopped when the test ends. */
export async function mcpBench(
  servers: readonly McpServer[],
  options: Partial<McpServices> & { readonly level?: SandboxLevel } = {},
): Promise<McpBench> {
  const { level = 'none', ...services } = options;
  const fixture = await workspaceFixture({ README: 'hello' });
  const folder = join(fixture.home, 'mcp');
  const family = createMcpFamily({
    servers,
    folder,
    sandbox: await detectSandbox(level),
    masked: [fixture.home],
    readSecret: () => Promise.resolve({ token: 'token-from-vault', headers: {} }),
    fetch: globalThis.fetch,
    ...services,
  });
  onTestFinished(() => family.pool.close());
  const registry = createToolRegistry(family.tools, family.foreign);
  let step = 0;
  return {
    ...fixture,
    family,
    registry,
    files: (server = 'double') => join(folder, server, 'files'),
    async call(name, input = {}, changes = {}) {
      step += 1;
      const parsed = registry.parseCall({ id: 'c', name, arguments: JSON.stringify(input) });
      if (!parsed.isValid) return { text: parsed.explanation, isError: true };
      if (parsed.tool.execute === undefined) throw new Error(`${name} has nothing to execute`);
      const context = toolContext(fixture.workspace, {
        step: { scope: 'test', step, index: 0 },
        ...changes,
      });
      return parsed.tool.execute(parsed.input, context);
    },
  };
}
