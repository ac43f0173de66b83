export { type ToolRegistry, builtInTools, createToolRegistry } from './registry.js';
export type { ToolContext, ToolOutput } from './tool.js';
