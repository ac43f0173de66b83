import { z } from 'zod';
import { compileGlob } from '../text/glob-pattern.js';
import { commandMentions, commandPattern, commandStaysWithin } from './shell-words.js';
import { canonicalTool, groupsOf, namedTool, toolGroup, toolsOfGroup } from './tool-names.js';

/** Bounds of rules: what a person writes by hand has far fewer. */
export const MOST_RULES = { sets: 12, rules: 200, text: 300, source: 500 } as const;

/** What becomes of a call. The strictest of all that apply counts. */
export const permissionEffectSchema = z.enum(['allow', 'ask', 'deny']);

/** See {@link permissionEffectSchema}. */
export type PermissionEffect = z.infer<typeof permissionEffectSchema>;

/** One rule. */
export const permissionRuleSchema = z.object({
  effect: permissionEffectSchema,
  /** Name of a tool or of a group, or names of servers' tools with `*`. */
  tool: z.string().min(1).max(MOST_RULES.text),
  /** Beginning of a command, glob of paths, host or name; absent = every call. */
  pattern: z.string().max(MOST_RULES.text).optional(),
});

/** See {@link permissionRuleSchema}. */
export type PermissionRule = z.infer<typeof permissionRuleSchema>;

/** Rules that somebody wrote in one place. A call has to pass every set, so that a further one only tightens. */
export const permissionSetSchema = z.object({
  /** File that they stand in, for people. */
  source: z.string().max(MOST_RULES.source),
  rules: z.array(permissionRuleSchema).max(MOST_RULES.rules),
  /** What holds for calls that no rule speaks of. */
  otherwise: permissionEffectSchema.default('allow'),
});

/** See {@link permissionSetSchema}. */
export type PermissionSet = z.infer<typeof permissionSetSchema>;

/** What rules are compared with. */
export interface JudgedCall {
  /** Name of the tool that is called in the end. */
  readonly tool: string;
  /** Its command, paths, host or name; null = it has some that nobody knows beforehand. */
  readonly subjects: readonly string[] | null;
}

/** What the rules say about a call, and which of them: `bash(git push) in /home/me/config.toml`. */
export interface Ruling {
  readonly effect: PermissionEffect;
  /** Empty for what nothing speaks against. */
  readonly rule: string;
}

const ALLOWED: Ruling = { effect: 'allow', rule: '' };
const STRICTNESS: Readonly<Record<PermissionEffect, number>> = { allow: 0, ask: 1, deny: 2 };

/** Patterns that say nothing. */
const EVERYTHING: ReadonlySet<string> = new Set(['', '*', '**']);

/**
 * A rule as people write it: `bash`, `bash(git push)`, `edit(src/generated/**)`, `webfetch(*.example.com)`, `mcp__github__*`. Gives a
 * sentence about what is wrong with one that no tool answers to. Pure.
 */
export function parsePermissionRule(
  text: string,
  effect: PermissionEffect,
): PermissionRule | { readonly problem: string } {
  const rest = text.trim();
  const open = rest.indexOf('(');
  if (rest.length > MOST_RULES.text)
    return { problem: `longer than ${MOST_RULES.text} characters` };
  if (open !== -1 && !rest.endsWith(')')) return { problem: 'the bracket is never closed' };
  const name = (open === -1 ? rest : rest.slice(0, open)).trim();
  const written = open === -1 ? undefined : rest.slice(open + 1, -1).trim();
  const tool = ruledTool(name);
  if (tool === undefined) return { problem: `there is no tool or group of tools "${name}"` };
  const pattern = written !== undefined && isOfPaths(tool) ? fromRoot(written, effect) : written;
  if (pattern === undefined || EVERYTHING.has(pattern)) return { effect, tool };
  const problem = patternProblem(tool, pattern);
  return problem === undefined ? { effect, tool, pattern } : { problem };
}

function ruledTool(name: string): string | undefined {
  if (name === '*') return name;
  if (name.startsWith('mcp__')) return name;
  return toolGroup(name) ?? canonicalTool(name);
}

function isOfPaths(tool: string): boolean {
  const tools = toolGroup(tool) === undefined ? [tool] : [tool, ...toolsOfGroup(tool)];
  return tools.some((name) => namedTool(name)?.subject === 'path');
}

/** Paths are compared from the root. A single name that is allowed stays as it is: without its start it would allow folders anywhere. */
function fromRoot(pattern: string, effect: PermissionEffect): string {
  const plain = withoutStart(pattern);
  return effect === 'allow' && !plain.includes('/') && !EVERYTHING.has(plain) ? pattern : plain;
}

function withoutStart(pattern: string): string {
  return pattern.replace(/^(?:\.?\/)+/, '');
}

function patternProblem(tool: string, pattern: string): string | undefined {
  const subject = namedTool(tool)?.subject;
  if (tool.startsWith('mcp__') || subject === 'none')
    return `calls of ${tool} have nothing that a pattern could be compared with`;
  if (subject !== 'path' && subject !== undefined) return undefined;
  return compileGlob(pattern) === undefined ? 'this glob stands for too many names' : undefined;
}

/** A rule as it is shown: `bash(git push)`. Pure. */
export function ruleText({ tool, pattern }: PermissionRule): string {
  return pattern === undefined ? tool : `${tool}(${pattern})`;
}

/**
 * What becomes of a call: of each set what its strictest matching rule says, and of all sets the strictest. What a rule forbids is
 * forbidden by a part of the call; what it allows has to cover all of it. Pure.
 */
export function judgeCall(sets: readonly PermissionSet[], call: JudgedCall): Ruling {
  return sets
    .map((set) => judgeBySet(set, call))
    .reduce((strictest, one) => stricter(strictest, one), ALLOWED);
}

function stricter(left: Ruling, right: Ruling): Ruling {
  return STRICTNESS[right.effect] > STRICTNESS[left.effect] ? right : left;
}

function judgeBySet({ rules, otherwise, source }: PermissionSet, call: JudgedCall): Ruling {
  for (const effect of ['deny', 'ask'] as const) {
    const rule = rules.find(
      (one) => one.effect === effect && isAbout(one, call) && touches(one, call),
    );
    if (rule !== undefined) return { effect, rule: `${ruleText(rule)} in ${source}` };
  }
  if (otherwise === 'allow') return ALLOWED;
  const allowing = rules.filter((rule) => rule.effect === 'allow' && isAbout(rule, call));
  if (covers(allowing, call)) return ALLOWED;
  return { effect: otherwise, rule: `otherwise = "${otherwise}" in ${source}` };
}

function isAbout({ tool }: PermissionRule, call: JudgedCall): boolean {
  if (tool === '*' || tool === call.tool) return true;
  if (groupsOf(call.tool).includes(tool)) return true;
  if (!tool.includes('*')) return false;
  return tool.startsWith('mcp__') && compileGlob(tool)?.(call.tool) === true;
}

/** Whether a rule that forbids speaks of a part of the call. */
function touches({ pattern }: PermissionRule, { tool, subjects }: JudgedCall): boolean {
  if (pattern === undefined || subjects === null) return true;
  const { subject } = namedTool(tool) ?? { subject: 'none' };
  if (subject === 'none') return false;
  if (subject === 'command')
    return subjects.some((command) => commandMentions(command, commandPattern(pattern)));
  const matches = subjectTest(subject, pattern);
  return subjects.some(matches);
}

/** Whether rules that allow speak of the whole call together. */
function covers(rules: readonly PermissionRule[], { tool, subjects }: JudgedCall): boolean {
  if (rules.some(({ pattern }) => pattern === undefined)) return true;
  const patterns = rules.flatMap(({ pattern }) => pattern ?? []);
  if (subjects === null || subjects.length === 0 || patterns.length === 0) return false;
  const { subject } = namedTool(tool) ?? { subject: 'none' };
  if (subject === 'none') return false;
  if (subject === 'command') {
    const beginnings = patterns.map(commandPattern);
    return subjects.every((command) => commandStaysWithin(command, beginnings));
  }
  const tests = patterns.map((pattern) => subjectTest(subject, pattern));
  return subjects.every((one) => tests.some((test) => test(one)));
}

function subjectTest(
  subject: 'path' | 'host' | 'name',
  pattern: string,
): (value: string) => boolean {
  if (subject === 'host') return (value) => hostMatches(value.toLowerCase(), pattern.toLowerCase());
  if (subject === 'name') return (value) => compileGlob(pattern)?.(value) === true;
  return pathTest(pattern);
}

/** A glob also covers what lies below what it names. A name without a slash is one in any folder. Pure. */
export function pathTest(pattern: string): (path: string) => boolean {
  // what lies below a folder is not told by the folder either
  const clean = pattern.replace(/\/(?:\*\*)?$/, '');
  const exact = compileGlob(clean) ?? (() => true);
  const below = compileGlob(clean.includes('/') ? `${clean}/**` : `**/${clean}/**`);
  return (path) => exact(path) || below?.(path) === true;
}

/** `example.com` is this host, `.example.com` and `*.example.com` also those below it. */
function hostMatches(host: string, pattern: string): boolean {
  const wide = pattern.replace(/^\*\./, '.');
  if (!wide.startsWith('.')) return host === wide;
  return host === wide.slice(1) || host.endsWith(wide);
}

/** Groups and tools whose rules hold for everything that shows text of files. */
const READING: ReadonlySet<string> = new Set(['read_file', 'files']);

/** Globs of paths that no search may show: what the rules forbid to read, and what asks. They begin at the root. Pure. */
export function hiddenGlobs(sets: readonly PermissionSet[], tool: string): string[] {
  return sets.flatMap(({ rules }) =>
    rules.flatMap((rule) => {
      const asTool = READING.has(rule.tool) ? tool : rule.tool;
      const isHiding =
        rule.effect !== 'allow' && isAbout({ ...rule, tool: asTool }, { tool, subjects: [] });
      return isHiding && rule.pattern !== undefined ? [withoutStart(rule.pattern) || '**'] : [];
    }),
  );
}

/** What a refused call is answered. Pure. */
export function refusalText(tool: string, { effect, rule }: Ruling): string {
  return effect === 'deny'
    ? `${tool}: not run, this call is denied by the rule ${rule}. Do the work without it; asking again or writing it in another way changes nothing.`
    : `${tool}: not run, this call needs the yes of a person (rule ${rule}), and nobody gave it.`;
}
