export { type ToolRegistry, builtInTools, createToolRegistry, toolFamilies } from './registry.js';
export type { ToolContext, ToolOutput } from './tool.js';
