export { type ToolRegistry, builtInTools, createToolRegistry, toolFamilies } from './registry.js';
export { AGENT_TRANSPORTS, type AgentTransport, type ShownCard } from './a2a/agent-card.js';
export {
  type AgentConnection,
  type AgentEvent,
  type AgentMessage,
  type AgentTaskPage,
  connectAgent,
} from './a2a/connection.js';
export { awaitTask } from './a2a/await-task.js';
export { followTask } from './a2a/follow-task.js';
export { type McpFamily, createMcpFamily } from './mcp/family.js';
export { type OAuthStore, createOAuthProvider } from './mcp/oauth-provider.js';
export { createFollowUps } from './follow-ups.js';
export { createServerPool } from './lsp/server/server-pool.js';
export { webServices } from './web/services.js';
export { type HookEnd, runHookCommand } from './run/hook-command.js';
export type { AnyTool, ToolContext, ToolOutput, ToolServices as HookServices } from './tool.js';
export { storedOutput } from './stored-output.js';
