import { endOfValue, escapeControls, NO_JSON, parseJson, parseObject } from './json-text.js';

/** What may stand around an object without being part of it: a word, a fence, a token of a template. */
const LONGEST_DECORATION = 200;
/** Arguments that were encoded so often are no arguments. */
const MAX_ENCODINGS = 3;

/**
 * The arguments of a call as JSON texts of objects: one in the plain case, several when the server ran parallel calls
 * together. Encoded twice, with raw line breaks, in a fence, with remains of a template or sent as growing snapshots
 * (`lastPart` is the newest), they are read; what is no object in any way comes back as it is.
 */
export function readArguments(text: string, lastPart = text): readonly string[] {
  const bare = text.trim();
  if (bare === '') return ['{}'];
  const newest = lastPart.trim();
  const read = readText(bare, MAX_ENCODINGS);
  return read ?? (newest === bare ? undefined : readText(newest, MAX_ENCODINGS)) ?? [text];
}

function readText(text: string, encodings: number): readonly string[] | undefined {
  for (const candidate of new Set([text, escapeControls(text)])) {
    const value = parseJson(candidate);
    if (typeof value === 'string')
      return encodings === 0 ? undefined : readText(value.trim(), encodings - 1);
    const read =
      readValue(value, candidate) ??
      severalObjects(candidate) ??
      decorated(candidate) ??
      startedOver(candidate);
    if (read !== undefined) return read;
  }
  return undefined;
}

/** The text of a value that is an object, or a list of nothing but one, or nothing. */
function readValue(value: unknown, text: string): readonly string[] | undefined {
  if (value === null) return ['{}'];
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof single !== 'object' || single === null || Array.isArray(single)) return undefined;
  return [single === value ? text : JSON.stringify(single)];
}

/** `{…}{…}`: an empty one before the real one, the same one again, or calls that ran together. */
function severalObjects(text: string): readonly string[] | undefined {
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    if (text.charAt(at).trim() === '') {
      at += 1;
      continue;
    }
    const end = text.charAt(at) === '{' ? endOfValue(text, at) : undefined;
    if (end === undefined || found.length === 50) return undefined;
    found.push(text.slice(at, end));
    at = end;
  }
  if (found.length < 2 || found.some((each) => parseObject(each) === undefined)) return undefined;
  const distinct = [...new Set(found)];
  const filled = distinct.filter((each) => Object.keys(parseObject(each) ?? {}).length > 0);
  return filled.length === 0 ? ['{}'] : filled;
}

/** One object with a little around it that holds no further one. */
function decorated(text: string): readonly string[] | undefined {
  const start = text.indexOf('{');
  if (start < 0 || start > LONGEST_DECORATION) return undefined;
  const end = endOfValue(text, start);
  if (end === undefined || text.length - end > LONGEST_DECORATION) return undefined;
  if (text.includes('{', end)) return undefined;
  const object = text.slice(start, end);
  return parseObject(object) === undefined ? undefined : [object];
}

/** Characters by which a second start is found, and how many of them are looked at. */
const START_LENGTH = 6;
const MAX_STARTS = 50;

/** `{"a":1{"a":1,"b":2}`: what was begun stands again in front of the whole object, letter by letter. */
function startedOver(text: string): readonly string[] | undefined {
  const start = text.slice(0, START_LENGTH);
  if (!start.startsWith('{') || start.length < START_LENGTH) return undefined;
  let at = text.indexOf(start, START_LENGTH);
  for (let tried = 0; at > 0 && tried < MAX_STARTS; tried += 1) {
    const whole = text.slice(at);
    if (whole.startsWith(text.slice(0, at)) && parseObject(whole) !== undefined) return [whole];
    at = text.indexOf(start, at + 1);
  }
  return undefined;
}

const MAX_SCHEMA_DEPTH = 8;

/**
 * Arguments with the types that the tool's JSON Schema asks for, where a model wrote them in another form that means the
 * same: "60" for 60, "true" for true, a list or an object as text, an object where a text is wanted, null for nothing.
 * Text that is no object comes back as it is.
 */
export function fitArguments(text: string, schema: Readonly<Record<string, unknown>>): string {
  const value = parseObject(text);
  if (value === undefined) return text;
  const fitted = fit(value, schema, MAX_SCHEMA_DEPTH);
  const isChanged = fitted !== value;
  return isChanged ? JSON.stringify(fitted) : text;
}

function fit(value: unknown, schema: Readonly<Record<string, unknown>>, depth: number): unknown {
  if (depth === 0) return value;
  const types = typesOf(schema);
  if (typeof value === 'string') return fitText(value, types, { schema, depth });
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    // A scalar, or a file's content that is JSON and was not put into quotation marks.
    if (types.includes('string') && value !== null) return JSON.stringify(value, null, 2);
    if (types.includes('array') && value !== null) return [value];
  }
  if (Array.isArray(value)) return fitList(value, schema, depth);
  if (typeof value === 'object' && value !== null) return fitObject(value, schema, depth);
  return value;
}

interface Place {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly depth: number;
}

function fitText(text: string, types: readonly string[], { schema, depth }: Place): unknown {
  if (types.length === 0 || types.includes('string')) return text;
  const bare = text.trim();
  const parsed = parseJson(/^(true|false|null)$/i.test(bare) ? bare.toLowerCase() : bare);
  if (parsed !== NO_JSON && types.some((type) => isOfType(parsed, type)))
    return typeof parsed === 'object' ? fit(parsed, schema, depth - 1) : parsed;
  return types.includes('array') && bare !== '' ? [text] : text;
}

function fitList(
  values: readonly unknown[],
  schema: Readonly<Record<string, unknown>>,
  depth: number,
): unknown {
  const items = schemaOf(schema['items']);
  const fitted = values.map((each) => fit(each, items, depth - 1));
  return fitted.some((each, index) => each !== values[index]) ? fitted : values;
}

function fitObject(
  value: object,
  schema: Readonly<Record<string, unknown>>,
  depth: number,
): unknown {
  const properties = schemaOf(schema['properties']);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  let isChanged = false;
  const entries = Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (!Object.hasOwn(properties, name)) return [[name, inner] as const];
    const property = schemaOf(properties[name]);
    const isNothing = inner === null && !typesOf(property).includes('null');
    if (isNothing && typesOf(property).length > 0 && !required.includes(name)) {
      isChanged = true;
      return [];
    }
    const fitted = fit(inner, property, depth - 1);
    if (fitted !== inner) isChanged = true;
    return [[name, fitted] as const];
  });
  return isChanged ? Object.fromEntries(entries) : value;
}

function schemaOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function typesOf(schema: Readonly<Record<string, unknown>>): readonly string[] {
  const { type, anyOf, oneOf } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((each) => typeof each === 'string');
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  return choices.flatMap((each) => typesOf(schemaOf(each)));
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
