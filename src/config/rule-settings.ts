import { InvalidInputError } from '../domain/light/index.js';
import {
  hookSchema,
  MOST_HOOKS,
  MOST_RULES,
  NO_ENVELOPE,
  parsePermissionRule,
  stricterEnvelope,
  type Envelope,
  type Hook,
  type PermissionEffect,
  type PermissionRule,
  type PermissionSet,
} from '../domain/index.js';
import type { UserFile } from './schema.js';
import type { TomlFile } from './toml-file.js';

/** One configuration file, with its place. */
interface RulesFile {
  readonly path: string;
  readonly settings: UserFile;
  readonly lineOf: TomlFile['lineOf'];
}

const EFFECTS: readonly PermissionEffect[] = ['allow', 'ask', 'deny'];

/**
 * The rules of each file that has some, weakest file first: a call has to pass every set, so that a file of strangers can only tighten.
 * Throws InvalidInputError `ERR_CONFIG_INVALID` with file and line for a rule that no tool answers to.
 */
export function permissionSets(files: readonly RulesFile[]): PermissionSet[] {
  return files.flatMap((file): PermissionSet[] => {
    const { permissions, envelope = {} } = file.settings;
    const { rules, problems } = readRules(file);
    const [problem] = problems;
    if (problem !== undefined) throw problem;
    const ofCalls = rulesOfEnvelope(envelope);
    if (permissions === undefined && ofCalls.length === 0) return [];
    rules.push(...ofCalls);
    if (rules.length > MOST_RULES.rules) throw tooManyRules(rules.length, file);
    const source = file.path.slice(0, MOST_RULES.source);
    return [{ source, rules, otherwise: permissions?.default ?? 'allow' }];
  });
}

/** What is wrong with the rules of one file, all of it. */
export function ruleProblems(file: RulesFile): InvalidInputError[] {
  return readRules(file).problems;
}

function readRules(file: RulesFile): { rules: PermissionRule[]; problems: InvalidInputError[] } {
  const found = { rules: [] as PermissionRule[], problems: [] as InvalidInputError[] };
  for (const effect of EFFECTS) {
    for (const [index, text] of (file.settings.permissions?.[effect] ?? []).entries()) {
      const rule = ruleOf(text, file, { effect, index });
      if (rule instanceof InvalidInputError) found.problems.push(rule);
      else found.rules.push(rule);
    }
  }
  return found;
}

function tooManyRules(count: number, { path, lineOf }: RulesFile): InvalidInputError {
  return new InvalidInputError('ERR_CONFIG_INVALID', {
    message: `${count} rules for calls in one file, those of [envelope] included; at most ${MOST_RULES.rules}`,
    where: { file: path, field: 'permissions', line: lineOf(['permissions']) },
    hint: 'join some of them: * and ** stand for many names, and a rule for a folder holds for all that lies below it',
  });
}

/** What of the envelope no change shows, but calls do. */
const CALLS = {
  push: [
    'bash(git push)',
    'bash(gh pr)',
    'bash(npm publish)',
    'bash(cargo publish)',
    'bash(twine upload)',
  ],
  external_request: ['web', 'bash(curl)', 'bash(wget)'],
} as const;

function rulesOfEnvelope(envelope: NonNullable<UserFile['envelope']>): PermissionRule[] {
  return (['push', 'external_request'] as const).flatMap((name) => {
    const decision = envelope[name] ?? 'allow';
    if (decision === 'allow') return [];
    const effect = decision === 'park' ? 'ask' : 'deny';
    return CALLS[name].flatMap((text) => {
      const rule = parsePermissionRule(text, effect);
      return 'problem' in rule ? [] : [rule];
    });
  });
}

function ruleOf(
  text: string,
  { path, lineOf }: RulesFile,
  { effect, index }: { readonly effect: PermissionEffect; readonly index: number },
): PermissionRule | InvalidInputError {
  const rule = parsePermissionRule(text, effect);
  if (!('problem' in rule)) return rule;
  return new InvalidInputError('ERR_CONFIG_INVALID', {
    message: `the rule "${text}" cannot be kept: ${rule.problem}`,
    where: {
      file: path,
      field: `permissions.${effect}[${index}]`,
      line: lineOf(['permissions', effect]),
    },
    hint: 'for example deny = ["bash(git push)", "edit(migrations/**)", "webfetch(*.example.com)", "web"]; codetether tools list shows the tools',
  });
}

/** The hooks of all files, in their order: nobody takes one of another away. */
export function configuredHooks(files: readonly RulesFile[]): Hook[] {
  const hooks = files.flatMap(({ path, settings }) =>
    (settings.hooks ?? []).map(({ timeout_s: timeoutS, ...hook }) =>
      hookSchema.parse({ ...hook, timeoutS, source: path.slice(-500) }),
    ),
  );
  if (hooks.length <= MOST_HOOKS.count) return hooks;
  throw new InvalidInputError('ERR_CONFIG_INVALID', {
    message: `${hooks.length} hooks in all files together; at most ${MOST_HOOKS.count}`,
    where: { file: files.at(-1)?.path, field: 'hooks' },
    hint: 'join some of them in one script',
  });
}

/** What becomes of stories that do what is not theirs to decide: the strictest word of all files. */
export function strictestEnvelope(files: readonly RulesFile[]): Envelope {
  return files.reduce<Envelope>((strictest, { settings: { envelope = {} } }) => {
    const own = {
      newDependency: envelope.new_dependency,
      migration: envelope.migration,
      ciFile: envelope.ci_file,
      massDeletion: envelope.mass_deletion,
    };
    return stricterEnvelope(strictest, own);
  }, NO_ENVELOPE);
}
