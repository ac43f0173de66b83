import { z } from 'zod';
import { isRecord, InvalidInputError } from '../domain/index.js';
import type { Tool } from './tool.js';

/** A tool as a model is told about it. */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What models use of a JSON Schema; bounds and defaults are checked here and would only cost tokens there. */
export const KEPT_SCHEMA_KEYS: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'const',
  'description',
  'anyOf',
  'oneOf',
  'allOf',
  '$ref',
  '$defs',
]);
/** Keys whose values are schemas by name. */
export const SCHEMA_MAPS: ReadonlySet<string> = new Set(['properties', '$defs']);
/** Keys whose values are lists of schemas. */
export const SCHEMA_LISTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf']);

/** JSON Schema of a tool's arguments, generated from its zod schema; the same schema always gives the same bytes. */
export function toJsonSchema(parameters: z.ZodType): Readonly<Record<string, unknown>> {
  const schema: unknown = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  return simplify(schema);
}

/**
 * A tool's arguments from a JSON Schema that somebody else wrote (MCP), with `anyOf` and `$ref`: what the registry checks calls
 * with, and what the model is told. Throws InvalidInputError `ERR_TOOL_SCHEMA` for one that nothing can be checked with.
 */
export function foreignParameters(
  inputSchema: Readonly<Record<string, unknown>>,
): Pick<Tool, 'parameters' | 'inputSchema'> {
  try {
    return { parameters: z.fromJSONSchema(inputSchema), inputSchema: simplify(inputSchema) };
  } catch (error) {
    throw new InvalidInputError('ERR_TOOL_SCHEMA', {
      message: `the schema of a tool’s arguments cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'mend the schema where the tool comes from, or leave the tool out',
    });
  }
}

/** The smallest arguments that a schema accepts by form, as an example for a model that got them wrong. */
export function exampleArguments(schema: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(exampleOf(schema));
}

function simplify(schema: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (!isRecord(schema)) return result;
  for (const [key, value] of Object.entries(schema)) {
    if (!KEPT_SCHEMA_KEYS.has(key)) continue;
    if (SCHEMA_MAPS.has(key) && isRecord(value)) {
      result[key] = Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, simplify(property)]),
      );
    } else if (SCHEMA_LISTS.has(key) && Array.isArray(value)) result[key] = value.map(simplify);
    else result[key] = key === 'items' ? simplify(value) : value;
  }
  return result;
}

function exampleOf(schema: unknown): unknown {
  if (!isRecord(schema)) return '…';
  if ('const' in schema) return schema['const'];
  const choices = schema['enum'];
  if (Array.isArray(choices)) return choices[0] as unknown;
  const either = [schema['anyOf'], schema['oneOf']].find(Array.isArray);
  if (either !== undefined) return exampleOf(either[0]);
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
