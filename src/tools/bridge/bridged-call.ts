import type { ToolCall } from '../../domain/index.js';

/** The one tool by which an agent finds and calls those that it is not told of. */
export const BRIDGE = 'use_tool';

/**
 * The call that a call of the bridge stands for, under the same id; null for one that names no tool, which is a search. Takes the
 * arguments as an object, as JSON text, or beside the name, as models write them.
 */
export function bridgedCall(call: ToolCall): ToolCall | null {
  const written = record(parsed(call.arguments));
  if (written === undefined) return null;
  const { name, arguments: inner, query: _query, ...beside } = written;
  if (typeof name !== 'string' || name.trim() === '') return null;
  const given = typeof inner === 'string' ? inner : JSON.stringify(inner ?? beside);
  return { ...call, name: name.trim(), arguments: given };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}
