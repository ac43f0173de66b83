export { type ToolRegistry, createToolRegistry } from './registry.js';
export type { ToolContext, ToolOutput } from './tool.js';
