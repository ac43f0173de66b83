import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { builtInTools, createToolRegistry, type ToolRegistry } from '../../src/tools/registry.js';

/** Every tool that is built in, in the strongest sandbox of this machine; `home` is hidden from what they start. */
export async function toolRegistry(home = '/nonexistent'): Promise<ToolRegistry> {
  return createToolRegistry(builtInTools({ sandbox: await detectSandbox(), masked: [home] }));
}
