import { jsonFields, type ToolCall } from '../../domain/index.js';

/** The one tool by which an agent finds and calls those that it is not told of. */
export const BRIDGE = 'use_tool';

/**
 * The call that a call of the bridge stands for, under the same id; null for one that names no tool, which is a search. Takes the
 * arguments as an object, as JSON text, or beside the name, as models write them.
 */
export function bridgedCall(call: ToolCall): ToolCall | null {
  const { name, arguments: inner, query: _query, ...beside } = jsonFields(call.arguments) ?? {};
  if (typeof name !== 'string' || name.trim() === '') return null;
  const given = typeof inner === 'string' ? inner : JSON.stringify(inner ?? beside);
  return { ...call, name: name.trim(), arguments: given };
}
