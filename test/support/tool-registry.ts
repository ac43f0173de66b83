import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { createServerPool } from '../../src/tools/lsp/server/server-pool.js';
import { builtInTools, createToolRegistry, type ToolRegistry } from '../../src/tools/registry.js';

/** Every tool that is built in, in the strongest sandbox of this machine; `home` is hidden from what they start. */
export async function toolRegistry(home = '/nonexistent'): Promise<ToolRegistry> {
  const held = { sandbox: await detectSandbox(), masked: [home] };
  return createToolRegistry(builtInTools({ ...held, servers: createServerPool(held) }));
}
