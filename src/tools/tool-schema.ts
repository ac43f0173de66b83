import { z } from 'zod';

/** A tool as a model is told about it. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What models use of a JSON Schema; bounds and defaults are checked here and would only cost tokens there. */
const KEPT = new Set(['type', 'properties', 'required', 'items', 'enum', 'description']);

/** JSON Schema of a tool's arguments, generated from its zod schema; the same schema always gives the same bytes. */
export function toJsonSchema(parameters: z.ZodType): Readonly<Record<string, unknown>> {
  const schema: unknown = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  return simplify(schema);
}

/** The smallest arguments that a schema accepts by form, as an example for a model that got them wrong. */
export function exampleArguments(schema: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(exampleOf(schema));
}

function simplify(schema: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (!isRecord(schema)) return result;
  for (const [key, value] of Object.entries(schema)) {
    if (!KEPT.has(key)) continue;
    if (key === 'properties' && isRecord(value)) {
      result[key] = Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, simplify(property)]),
      );
    } else {
      result[key] = key === 'items' ? simplify(value) : value;
    }
  }
  return result;
}

function exampleOf(schema: unknown): unknown {
  if (!isRecord(schema)) return '…';
  const choices = schema['enum'];
  if (Array.isArray(choices)) return choices[0] as unknown;
  switch (schema['type']) {
    case 'object': {
      const { properties, required } = schema;
      if (!isRecord(properties) || !Array.isArray(required)) return {};
      return Object.fromEntries(
        required.map((name) => [String(name), exampleOf(properties[String(name)])]),
      );
    }
    case 'array':
      return [exampleOf(schema['items'])];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    default:
      return '…';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
