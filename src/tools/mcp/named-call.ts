import { fieldsOf, jsonFields, mcpToolName, type ToolCall } from '../../domain/index.js';

/** The tool that shows servers, and names those of their tools that it calls. */
export const MCP_TOOL = 'mcp';

/**
 * The call of a server's tool that a call of `mcp` with action `call` stands for, under the same id; null for any other one. What holds
 * for the tool holds for it: access, kind of execution, time limit.
 */
export function namedCall(call: ToolCall): ToolCall | null {
  const { action, server, tool, arguments: input } = jsonFields(call.arguments) ?? {};
  if (action !== 'call' || typeof server !== 'string' || typeof tool !== 'string') return null;
  const given = typeof input === 'string' ? input : JSON.stringify(fieldsOf(input) ?? {});
  return { ...call, name: mcpToolName({ server, tool }), arguments: given };
}
