import { isRecord, modelText, visible, visibleLine } from '../../domain/index.js';
import { KEPT_SCHEMA_KEYS, SCHEMA_LISTS, SCHEMA_MAPS } from '../tool-schema.js';

/** Characters of a schema as JSON; the rest of one that is larger is left out, part by part. */
const MAX_CHARACTERS = 16 * 1024;
const MAX_DEPTH = 12;
const MAX_MEMBERS = 200;
const DESCRIPTION = 400;
const MAX_NAME = 200;

/** A schema of arguments that a server wrote, as a model is told about it. */
export type ForeignSchema = Readonly<Record<string, unknown>>;

/**
 * A server's JSON Schema within bounds: choices and references stay (`anyOf`, `$ref`, `$defs`), what models do not use goes, words are
 * cleaned and cut, and what is deeper or larger than any schema of arguments should be is left open, which the server checks itself.
 */
export function boundSchema(schema: unknown): ForeignSchema {
  const budget = { left: MAX_CHARACTERS };
  const bounded = boundOne(schema, MAX_DEPTH, budget);
  return { ...bounded, type: 'object' };
}

interface Budget {
  left: number;
}

function boundOne(schema: unknown, depth: number, budget: Budget): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (!isRecord(schema) || depth === 0 || budget.left <= 0) return result;
  for (const [key, value] of Object.entries(schema).slice(0, MAX_MEMBERS)) {
    if (!KEPT_SCHEMA_KEYS.has(key) || budget.left <= 0) continue;
    const bounded = boundPart(key, value, { depth, budget });
    if (bounded !== undefined) result[key] = bounded;
  }
  return result;
}

function boundPart(
  key: string,
  value: unknown,
  { depth, budget }: { readonly depth: number; readonly budget: Budget },
): unknown {
  if (SCHEMA_MAPS.has(key)) {
    if (!isRecord(value)) return undefined;
    const members: [string, unknown][] = [];
    for (const [name, one] of Object.entries(value).slice(0, MAX_MEMBERS)) {
      if (name.length > MAX_NAME || budget.left <= 0) continue;
      budget.left -= name.length;
      members.push([name, boundOne(one, depth - 1, budget)]);
    }
    return Object.fromEntries(members);
  }
  if (SCHEMA_LISTS.has(key)) {
    if (!Array.isArray(value)) return undefined;
    return value.slice(0, MAX_MEMBERS).map((one) => boundOne(one, depth - 1, budget));
  }
  if (key === 'items') return boundOne(value, depth - 1, budget);
  return boundValue(key, value, budget);
}

/** Words, names and plain values; what else a schema may say is left out. */
function boundValue(key: string, value: unknown, budget: Budget): unknown {
  if (key === 'description') {
    if (typeof value !== 'string') return undefined;
    const text = cleanText(value, DESCRIPTION);
    budget.left -= text.length;
    return text;
  }
  if (key === '$ref') return typeof value === 'string' && value.startsWith('#') ? value : undefined;
  const size = sizeOf(value);
  if (size > budget.left || size > MAX_CHARACTERS / 4) return undefined;
  budget.left -= size;
  return value;
}

function sizeOf(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What a server says about itself, in one line: it is somebody else's text. */
export function cleanText(text: string, limit: number): string {
  const line = visibleLine(text);
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** Text of a server for the model, line by line as it is; what would be obeyed or hidden is written out. */
export function cleanLines(text: string, limit: number): string {
  return modelText(visible(text), limit);
}

/**
 * What is wrong with arguments, in words for the model; undefined where nothing is. Looks at names and at the types of the first level:
 * the server checks the rest, and patterns of a stranger are not run here.
 */
export function checkArguments(
  schema: ForeignSchema,
  input: Readonly<Record<string, unknown>>,
): string | undefined {
  const { properties, required } = schema;
  const missing = (Array.isArray(required) ? required : [])
    .map(String)
    .filter((name) => !Object.hasOwn(input, name));
  if (missing.length > 0) return `missing: ${missing.slice(0, 10).join(', ')}`;
  if (!isRecord(properties)) return undefined;
  for (const [name, value] of Object.entries(input)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isRecord(property) && !isOfType(value, property['type']))
      return `${name.slice(0, MAX_NAME)}: expected ${JSON.stringify(property['type'])}`;
  }
  return undefined;
}

function isOfType(value: unknown, type: unknown): boolean {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.some((one) => fits(value, one));
}

function fits(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'null':
      return value === null;
    default:
      return true;
  }
}
