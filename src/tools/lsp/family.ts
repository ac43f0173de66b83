import type { AnyTool } from '../tool.js';
import { createLspTool } from './lsp-tool.js';
import { createRenameTool } from './rename-tool.js';
import type { ServerPool } from './server/server-pool.js';

/** Tools that ask language servers. */
export function createLspTools(pool: ServerPool): AnyTool[] {
  return [createLspTool(pool), createRenameTool(pool)];
}
