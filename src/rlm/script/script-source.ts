import { parse, type Expression, type ObjectExpression, type Program } from 'acorn';
import { simple } from 'acorn-walk';
import { analyze } from 'eslint-scope';
import { z } from 'zod';
import { InvariantError, scriptNameSchema } from '../../domain/index.js';

/** A place in a script, both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a script, where. */
export type ScriptProblem = Place & { readonly message: string };

/** A model that a script names. */
export type NamedModel = Place & { readonly name: string };

/** What a script says of itself. */
export const scriptMetaSchema = z.object({
  name: scriptNameSchema,
  description: z.string().min(1).max(2000),
  whenToUse: z.string().max(2000).optional(),
  phases: z
    .array(
      z.union([
        z
          .string()
          .max(200)
          .transform((title) => ({ title })),
        z.object({
          title: z.string().min(1).max(200),
          detail: z.string().max(1000).optional(),
          model: z.string().max(200).optional(),
        }),
      ]),
    )
    .max(100)
    .default([]),
});

/** See {@link scriptMetaSchema}. */
export type ScriptMeta = z.infer<typeof scriptMetaSchema>;

/** A script that can run, or everything that is wrong with it. */
export type ReadScript =
  | {
      readonly meta: ScriptMeta;
      /** The statements, each at the place of the file where it stands. */
      readonly body: string;
      /** Models that it names, each once, and other short texts that may name one. */
      readonly models: readonly NamedModel[];
      readonly texts: readonly string[];
    }
  | { readonly problems: readonly ScriptProblem[] };

/** What a script may be longer than by nobody's will. */
export const LONGEST_SCRIPT = 256 * 1024;
const MOST_PROBLEMS = 20;
const MOST_TEXTS = 200;
const LONGEST_NAME = 200;

/** Names that a script finds beside those of the language. */
export const SCRIPT_GLOBALS = [
  'agent',
  'args',
  'ask',
  'budget',
  'console',
  'log',
  'parallel',
  'phase',
  'pipeline',
  'sleep',
  'workflow',
] as const;

/** The names of the language that QuickJS has; clock and random numbers are frozen. */
const LANGUAGE = `
  AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView
  Date Error EvalError Float32Array Float64Array Infinity Int16Array Int32Array Int8Array
  JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp
  Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakSet decodeURI decodeURIComponent encodeURI
  encodeURIComponent globalThis isFinite isNaN parseFloat parseInt structuredClone
  undefined`
  .trim()
  .split(/\s+/);
const KNOWN: ReadonlySet<string> = new Set([...SCRIPT_GLOBALS, ...LANGUAGE]);

/** What people reach for in vain, and what there is instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  require: 'a script has no modules: an agent can read and run things',
  process: 'a script has no process: pass what it needs with --args',
  fetch: 'a script has no network: let an agent look',
  setTimeout: 'use sleep(milliseconds)',
  setInterval: 'use a loop with sleep(milliseconds)',
  Workflow: 'nested scripts are started with workflow(name, args)',
};

/**
 * Reads a script: `export const meta = {…}`, then statements that may `await` and `return`. What is wrong is told before anything is
 * paid. Pure.
 */
export function readScript(text: string): ReadScript {
  if (text.length > LONGEST_SCRIPT)
    return problemAt({ line: 1, column: 1 }, `longer than ${LONGEST_SCRIPT / 1024} KiB`);
  let program: Program;
  try {
    program = parse(text, {
      ecmaVersion: 2023,
      sourceType: 'module',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      locations: true,
      ranges: true,
    });
  } catch (error) {
    return problemAt(syntaxPlace(error), syntaxMessage(error));
  }
  const problems = [...moduleProblems(program), ...unknownNames(program)];
  const meta = readMeta(program);
  if ('problems' in meta) problems.push(...meta.problems);
  if (problems.length > 0 || 'problems' in meta)
    return { problems: problems.toSorted(byPlace).slice(0, MOST_PROBLEMS) };
  return { meta: meta.meta, body: bodyOf(text, program), ...namesIn(program) };
}

/** The statements of a script that was read before without a problem. Throws InvariantError `ERR_SCRIPT_INVALID` otherwise. Pure. */
export function scriptBody(text: string): string {
  const read = readScript(text);
  if ('body' in read) return read.body;
  const [problem] = read.problems;
  throw new InvariantError('ERR_SCRIPT_INVALID', {
    message: `a stored script cannot be run: line ${problem?.line ?? 1}: ${problem?.message ?? ''}`,
    hint: 'this version knows less of the language than the one that stored it: start it again from its file',
  });
}

function problemAt(place: Place, message: string): ReadScript {
  return { problems: [{ ...place, message }] };
}

const byPlace = (left: Place, right: Place): number =>
  left.line - right.line || left.column - right.column;

function syntaxPlace(error: unknown): Place {
  const { loc } = error as { loc?: { line: number; column: number } };
  return { line: loc?.line ?? 1, column: (loc?.column ?? 0) + 1 };
}

function syntaxMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(\d+:\d+\)$/, '');
}

function placeOf({ loc }: { readonly loc?: unknown }): Place {
  const { start } = loc as { start: { line: number; column: number } };
  return { line: start.line, column: start.column + 1 };
}

type Statement = Program['body'][number];

function isExported(node: Statement): boolean {
  return node.type === 'ExportNamedDeclaration' && Boolean(node.declaration);
}

function moduleProblems({ body }: Program): ScriptProblem[] {
  return body.flatMap((node) => {
    if (node.type === 'ImportDeclaration')
      return [{ ...placeOf(node), message: 'a script imports nothing' }];
    const isOther =
      node.type === 'ExportAllDeclaration' ||
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportNamedDeclaration' && !isExported(node));
    return isOther ? [{ ...placeOf(node), message: 'a script exports meta alone' }] : [];
  });
}

/** Names that nobody has declared, each once. */
function unknownNames(program: Program): ScriptProblem[] {
  const scopes = analyze(program as Parameters<typeof analyze>[0], {
    ecmaVersion: 2023,
    sourceType: 'module',
  });
  const seen = new Set<string>();
  return (scopes.globalScope?.through ?? []).flatMap(({ identifier }) => {
    const { name } = identifier as { name: string };
    if (KNOWN.has(name) || seen.has(name)) return [];
    seen.add(name);
    const hint = Object.hasOwn(INSTEAD, name) ? `: ${INSTEAD[name] ?? ''}` : '';
    return [{ ...placeOf(identifier), message: `unknown name ${name.slice(0, 60)}${hint}` }];
  });
}

/** Values of `model:` that stand in the text as they are, and texts elsewhere that look like PROVIDER/MODEL. */
function namesIn(program: Program): { models: NamedModel[]; texts: string[] } {
  const models = new Map<string, NamedModel>();
  const texts = new Set<string>();
  simple(program, {
    Literal({ value }) {
      if (typeof value === 'string' && mayNameModel(value) && texts.size < MOST_TEXTS)
        texts.add(value);
    },
    Property({ key, value }) {
      const isModel = key.type === 'Identifier' && key.name === 'model';
      if (!isModel || value.type !== 'Literal' || typeof value.value !== 'string') return;
      const { value: name } = value;
      if (!models.has(name)) models.set(name, { name, ...placeOf(value) });
    },
  });
  return { models: [...models.values()], texts: [...texts] };
}

/** True for a text that could be PROVIDER/MODEL. Pure. */
export function mayNameModel(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[\w.-]+\/[\w./:@+-]+$/.test(text);
}

type ReadMeta = { readonly meta: ScriptMeta } | { readonly problems: readonly ScriptProblem[] };

function readMeta(program: Program): ReadMeta {
  const literal = metaLiteral(program);
  if (literal === undefined)
    return {
      problems: [
        {
          line: 1,
          column: 1,
          message: 'a script begins with export const meta = { name, description }',
        },
      ],
    };
  const value = literalValue(literal);
  if (value === NO_LITERAL)
    return { problems: [{ ...placeOf(literal), message: 'meta holds plain values alone' }] };
  const parsed = scriptMetaSchema.safeParse(value);
  if (parsed.success) return { meta: parsed.data };
  return {
    problems: parsed.error.issues.map(({ path, message }) => ({
      ...placeOf(literal),
      message: `meta.${path.join('.')}: ${message}`,
    })),
  };
}

function metaLiteral({ body }: Program): ObjectExpression | undefined {
  for (const node of body) {
    if (node.type !== 'ExportNamedDeclaration') continue;
    const { declaration } = node;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations)
      if (id.type === 'Identifier' && id.name === 'meta' && init?.type === 'ObjectExpression')
        return init;
  }
  return undefined;
}

const NO_LITERAL = Symbol('no literal');

/** The value of a literal; nothing of it is run. */
function literalValue(node: Expression): unknown {
  switch (node.type) {
    case 'Literal':
      return node.value;
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? node.quasis[0]?.value.cooked : NO_LITERAL;
    case 'ArrayExpression': {
      const items = node.elements.map((one) =>
        one === null || one.type === 'SpreadElement' ? NO_LITERAL : literalValue(one),
      );
      return items.includes(NO_LITERAL) ? NO_LITERAL : items;
    }
    case 'ObjectExpression':
      return objectValue(node);
    default:
      return NO_LITERAL;
  }
}

function objectValue({ properties }: ObjectExpression): unknown {
  const entries: [string, unknown][] = [];
  for (const property of properties) {
    if (property.type === 'SpreadElement' || property.computed) return NO_LITERAL;
    const { key, value } = property;
    const name = key.type === 'Identifier' ? key.name : literalValue(key as Expression);
    const held = literalValue(value);
    if (typeof name !== 'string' || held === NO_LITERAL) return NO_LITERAL;
    entries.push([name, held]);
  }
  return Object.fromEntries(entries);
}

/** The text with `export` blanked out: places of errors stay those of the file. */
function bodyOf(text: string, { body }: Program): string {
  let bare = text;
  for (const node of body)
    if (isExported(node))
      bare = `${bare.slice(0, node.start)}${' '.repeat('export'.length)}${bare.slice(node.start + 'export'.length)}`;
  return bare;
}
