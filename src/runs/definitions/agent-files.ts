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
  return text
    .split(/,(?![^()]{0,300}\))/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
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

function agentOf(path: string, head: FrontMatter, tools: Tools): NamedAgent | undefined {
  const { fields, body, lineOf } = head;
  const problem = (field: string, why: string): undefined =>
    refused(path, { line: lineOf(field), problem: why }, tools.warn);
  const name = fields['name'] ?? basename(path, '.md');
  if (!agentNameSchema.safeParse(name).success)
    return problem('name', 'its name is not made of small letters, digits, - and _, at most 63');
  if (BUILT_IN_AGENTS.includes(String(name)))
    return problem('name', `"${String(name)}" is the name of a built-in agent`);
  if (body.length > MOST_AGENTS.prompt)
    return problem('name', `its text has more than ${MOST_AGENTS.prompt} characters`);
  const listed = listedTools(fields['tools'], { path, line: lineOf('tools'), warn: tools.warn });
  if (listed === null) return problem('tools', 'tools is no list of names');
  const permissions = permissionsIn(fields['permissions'], path);
  if ('problem' in permissions) return problem('permissions', permissions.problem);
  const access = accessOf(fields['access'], listed);
  if (access === undefined) return problem('access', 'access is read or write');
  const turns = fields['max_turns'] ?? fields['maxTurns'];
  if (turns !== undefined && !namedAgentSchema.shape.maxTurns.safeParse(turns).success)
    return problem('max_turns', `max_turns is a number from 1 to ${MOST_AGENTS.maxTurns}`);
  return namedAgentSchema.parse({
    name,
    description: String(fields['description'] ?? '').slice(0, MOST_AGENTS.description),
    source: path.slice(-MOST_RULES.source),
    access,
    ...(listed === undefined ? {} : { tools: listed }),
    ...modelOf(fields['model'], { path, line: lineOf('model') }, tools),
    ...(turns === undefined ? {} : { maxTurns: turns }),
    ...('set' in permissions ? { permissions: permissions.set } : {}),
    prompt: body.trim(),
  });
}

/** Undefined = it names none; null = it is no list. */
function listedTools(
  value: unknown,
  { path, line, warn }: { readonly path: string; readonly line: number; readonly warn: Warn },
): PermissionRule[] | undefined | null {
  if (value === undefined || value === null || value === '*') return undefined;
  const parsed = listSchema.safeParse(value);
  if (!parsed.success) return null;
  return parsed.data.flatMap((text) => {
    const rule = parsePermissionRule(text, 'allow');
    if (!('problem' in rule)) return [rule];
    warn(`${path}:${line}: "${text.slice(0, 100)}" is left out of its tools: ${rule.problem}`);
    return [];
  });
}

/** Without a word about it, an agent changes files only when one of its tools does. */
function accessOf(
  value: unknown,
  tools: readonly PermissionRule[] | undefined,
): NamedAgent['access'] | undefined {
  if (value === 'read' || value === 'write') return value;
  if (value !== undefined && value !== null) return undefined;
  const changes = (name: string): boolean =>
    name === '*' ||
    name === 'edit' ||
    name === 'run' ||
    name === 'files' ||
    groupsOf(name).some((group) => group === 'edit' || group === 'run');
  return tools?.some(({ tool }) => changes(tool)) === true ? 'write' : 'read';
}

function permissionsIn(
  value: unknown,
  path: string,
): { readonly set: PermissionSet } | { readonly problem: string } | Record<never, never> {
  if (value === undefined || value === null) return {};
  const parsed = rulesSchema.safeParse(value);
  if (!parsed.success) return { problem: 'permissions holds lists: allow, ask, deny; and default' };
  const effects: readonly PermissionEffect[] = ['allow', 'ask', 'deny'];
  const rules: PermissionRule[] = [];
  for (const effect of effects) {
    for (const text of parsed.data[effect] ?? []) {
      const rule = parsePermissionRule(text, effect);
      if ('problem' in rule)
        return { problem: `the rule "${text.slice(0, 100)}": ${rule.problem}` };
      rules.push(rule);
    }
  }
  const source = path.slice(-MOST_RULES.source);
  return { set: { source, rules, otherwise: parsed.data.default ?? 'allow' } };
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
