export { type ToolRegistry, builtInTools, createToolRegistry, toolFamilies } from './registry.js';
export type { WebServices } from './web/services.js';
export type { ToolContext, ToolOutput } from './tool.js';
