import { basename } from 'node:path';
import { z } from 'zod';
import {
  agentNameSchema,
  BUILT_IN_AGENTS,
  groupsOf,
  MOST_AGENTS,
  MOST_RULES,
  namedAgentSchema,
  parsePermissionRule,
  type ModelReference,
  type NamedAgent,
  type PermissionEffect,
  type PermissionRule,
  type PermissionSet,
} from '../../domain/index.js';
import { readFrontMatter, type FrontMatter } from './front-matter.js';
import type { DefinitionFile, Warn } from './scan-files.js';

/** Finds the model that a file names, with what fits into a request to it. Throws InvalidInputError for one that there is not. */
export type FindModel = (name: string) => {
  readonly model: ModelReference;
  readonly contextWindow: number;
};

const listSchema = z.union([
  z.string().transform((text) => splitRules(text)),
  z.array(z.string()).max(MOST_AGENTS.tools),
]);
const rulesSchema = z.strictObject({
  allow: listSchema.optional(),
  ask: listSchema.optional(),
  deny: listSchema.optional(),
  default: z.enum(['allow', 'ask', 'deny']).optional(),
});

/** Commas inside brackets belong to the pattern. */
function splitRules(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth <= 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part].map((one) => one.trim()).filter((one) => one !== '');
}

/**
 * The agent of a Markdown file; undefined, with a warning that names file and line, for one that cannot be used. What it is told is text of
 * its author; what it may do is less than a built-in agent may, never more.
 */
export function readAgentFile(
  { path, text }: DefinitionFile,
  { findModel, warn }: { readonly findModel: FindModel; readonly warn: Warn },
): NamedAgent | undefined {
  const head = readFrontMatter(text);
  if ('problem' in head) return refused(path, head, warn);
  try {
    return agentOf(path, head, { findModel, warn });
  } catch (error) {
    return refused(path, { line: 1, problem: (error as Error).message }, warn);
  }
}

function refused(
  path: string,
  { line, problem }: { readonly line: number; readonly problem: string },
  warn: Warn,
): undefined {
  warn(`${path}:${line}: agent not used: ${problem}`);
  return undefined;
}

interface Tools {
  readonly findModel: FindModel;
  readonly warn: Warn;
}

/** What cannot be used of a field, or the field. */
type Field<Value> = { readonly value: Value } | { readonly field: string; readonly why: string };

function agentOf(path: string, head: FrontMatter, tools: Tools): NamedAgent | undefined {
  const { fields, body, lineOf } = head;
  const name = nameOf(fields['name'] ?? basename(path, '.md'), body);
  const listed = listedTools(fields['tools'], { path, line: lineOf('tools'), warn: tools.warn });
  const permissions = permissionsIn(fields['permissions'], path);
  const access = accessOf(fields['access'], 'value' in listed ? listed.value : undefined);
  const turns = turnsOf(fields['max_turns'] ?? fields['maxTurns']);
  for (const field of [name, listed, permissions, access, turns])
    if ('why' in field)
      return refused(path, { line: lineOf(field.field), problem: field.why }, tools.warn);
  return namedAgentSchema.parse({
    name: valueOf(name),
    description: textOf(fields['description']).slice(0, MOST_AGENTS.description),
    source: path.slice(-MOST_RULES.source),
    access: valueOf(access),
    tools: valueOf(listed),
    ...modelOf(fields['model'], { path, line: lineOf('model') }, tools),
    maxTurns: valueOf(turns),
    permissions: valueOf(permissions),
    prompt: body.trim(),
  });
}

function valueOf<Value>(field: Field<Value>): Value | undefined {
  return 'value' in field ? field.value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function nameOf(value: unknown, body: string): Field<string> {
  const name = textOf(value);
  const field = 'name';
  if (!agentNameSchema.safeParse(name).success)
    return { field, why: 'its name is not made of small letters, digits, - and _, at most 63' };
  if (BUILT_IN_AGENTS.includes(name))
    return { field, why: `"${name}" is the name of a built-in agent` };
  return body.length > MOST_AGENTS.prompt
    ? { field, why: `its text has more than ${MOST_AGENTS.prompt} characters` }
    : { value: name };
}

function turnsOf(value: unknown): Field<number | undefined> {
  const parsed = namedAgentSchema.shape.maxTurns.safeParse(value ?? undefined);
  return parsed.success
    ? { value: parsed.data }
    : { field: 'max_turns', why: `max_turns is a number from 1 to ${MOST_AGENTS.maxTurns}` };
}

/** Undefined = it names none. */
function listedTools(
  value: unknown,
  { path, line, warn }: { readonly path: string; readonly line: number; readonly warn: Warn },
): Field<PermissionRule[] | undefined> {
  if (value === undefined || value === null || value === '*') return { value: undefined };
  const parsed = listSchema.safeParse(value);
  if (!parsed.success) return { field: 'tools', why: 'tools is no list of names' };
  const rules = parsed.data.flatMap((text) => {
    const rule = parsePermissionRule(text, 'allow');
    if (!('problem' in rule)) return [rule];
    warn(`${path}:${line}: "${text.slice(0, 100)}" is left out of its tools: ${rule.problem}`);
    return [];
  });
  return { value: rules };
}

/** Without a word about it, an agent changes files only when one of its tools does. */
function accessOf(
  value: unknown,
  tools: readonly PermissionRule[] | undefined,
): Field<NamedAgent['access']> {
  if (value === 'read' || value === 'write') return { value };
  if (value !== undefined && value !== null)
    return { field: 'access', why: 'access is read or write' };
  const changes = (name: string): boolean =>
    name === '*' ||
    name === 'edit' ||
    name === 'run' ||
    name === 'files' ||
    groupsOf(name).some((group) => group === 'edit' || group === 'run');
  return { value: tools?.some(({ tool }) => changes(tool)) === true ? 'write' : 'read' };
}

function permissionsIn(value: unknown, path: string): Field<PermissionSet | undefined> {
  if (value === undefined || value === null) return { value: undefined };
  const field = 'permissions';
  const parsed = rulesSchema.safeParse(value);
  if (!parsed.success)
    return { field, why: 'permissions holds lists: allow, ask, deny; and default' };
  const effects: readonly PermissionEffect[] = ['allow', 'ask', 'deny'];
  const rules: PermissionRule[] = [];
  for (const effect of effects) {
    for (const text of parsed.data[effect] ?? []) {
      const rule = parsePermissionRule(text, effect);
      if ('problem' in rule)
        return { field, why: `the rule "${text.slice(0, 100)}": ${rule.problem}` };
      rules.push(rule);
    }
  }
  const source = path.slice(-MOST_RULES.source);
  return { value: { source, rules, otherwise: parsed.data.default ?? 'allow' } };
}

/** Files of other agents name models by words that mean nothing here: then it is that of whoever starts it. */
function modelOf(
  value: unknown,
  { path, line }: { readonly path: string; readonly line: number },
  { findModel, warn }: Tools,
): Partial<Pick<NamedAgent, 'model' | 'contextWindow'>> {
  if (value === undefined || value === null || value === 'inherit') return {};
  if (typeof value === 'string' && value.includes('/')) return findModel(value);
  warn(`${path}:${line}: its model is left out: expected PROVIDER/MODEL`);
  return {};
}
