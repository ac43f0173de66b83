export { type ToolRegistry, builtInTools, createToolRegistry, toolFamilies } from './registry.js';
export { webServices } from './web/services.js';
export type { ToolContext, ToolOutput } from './tool.js';
