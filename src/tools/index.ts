export { createToolRegistry, type ParsedCall, type ToolRegistry } from './registry.js';
export type { ToolSchema } from './tool-schema.js';
export {
  defineTool,
  toolError,
  type AnyTool,
  type Tool,
  type ToolContext,
  type ToolOutput,
  type ToolWorkspace,
} from './tool.js';
