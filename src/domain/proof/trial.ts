import { z } from 'zod';
import { canaryVerdictSchema, type CanaryVerdict } from './canaries/canary.js';
import { surfaceChangeSchema } from './surface/surface-change.js';

/** How the files that a check reads were found: `names` = by the table of names alone. */
export const surfaceMethodSchema = z.enum(['trace', 'access-times', 'names']);

/** When canaries are tried: `auto` = when the story changed what checks mean, or may have. */
export const canaryModeSchema = z.enum(['auto', 'always', 'off']);

/** See {@link canaryModeSchema}. */
export type CanaryMode = z.infer<typeof canaryModeSchema>;

/** Something that a person should see before they merge a story that passed. */
export const proofFlagSchema = z.object({
  code: z.enum([
    /** Passes only with configuration that the story brought. */
    'own-configuration',
    /** The story changed what the checks mean, and was allowed to. */
    'self-defined',
    /** The check stays green whatever happens to the files. */
    'no-canary',
    /** A canary was not heard, and the story was allowed to change checks. */
    'unheard',
    /** Fewer tests pass than before, and the story was allowed to change checks. */
    'fewer-tests',
    /** Added lines that silence a check, or that a check may not see past. */
    'suspicious-lines',
    /** A module of another file is found where the story removed one. */
    'module-replaced',
    /** Changed files in which nobody looked for such lines: there are too many of them. */
    'not-looked-at',
    /** A check looks for more files than its trace keeps. */
    'trace-cut',
    /** A check changes tracked files while it runs. */
    'writes-files',
    /** Canaries were turned off. */
    'canaries-off',
    /** The check answered differently about the same files. */
    'flaky',
  ]),
  /** For people; one line. */
  text: z.string().max(1000),
});

/** See {@link proofFlagSchema}. */
export type ProofFlag = z.infer<typeof proofFlagSchema>;

/** Which definitions the checks of a round ran with. */
export const roundNameSchema = z.enum(['story', 'base', 'own-configuration']);

/** One round of checks. */
export const trialRoundSchema = z.object({
  round: roundNameSchema,
  isGreen: z.boolean(),
  durationMs: z.number().nonnegative(),
});

/** How many tests passed; null = the output tells no number. */
export const testCountSchema = z.object({
  check: z.string(),
  base: z.number().int().nonnegative().nullable(),
  story: z.number().int().nonnegative().nullable(),
});

/** See {@link testCountSchema}. */
export type TestCount = z.infer<typeof testCountSchema>;

/** What was tried to find out whether green means anything. */
export const trialSchema = z.object({
  /** Files of the checks' definition that the story changed, at most 50. */
  difference: z.array(surfaceChangeSchema).max(50),
  method: surfaceMethodSchema,
  rounds: z.array(trialRoundSchema).max(10),
  canaries: z.array(canaryVerdictSchema).max(60),
  counts: z.array(testCountSchema).max(20),
  /** Added lines that a reader should see, at most 20. */
  suspicious: z
    .array(
      z.object({
        path: z.string(),
        line: z.number().int().positive(),
        what: z.string().max(60),
        text: z.string().max(200),
      }),
    )
    .max(20),
  flags: z.array(proofFlagSchema).max(20),
  /** Why green checks were not enough; empty = they were. */
  reasons: z.array(z.string().max(1000)).max(20),
});

/** See {@link trialSchema}. */
export type Trial = z.infer<typeof trialSchema>;

/** Everything that was seen, from which the verdict follows. */
export interface TrialFacts {
  readonly allowCheckChanges: boolean;
  /** Files whose change decides what checks mean. */
  readonly definitions: readonly string[];
  /** Green with the base's definitions; undefined = not run. */
  readonly isGreenWithBase: boolean | undefined;
  /** Green with the base's tests and values and the story's own configuration; undefined = not run. */
  readonly isGreenWithOwn: boolean | undefined;
  readonly canaries: readonly CanaryVerdict[];
  readonly counts: readonly TestCount[];
  /** Tracked files that a check changes while it runs, and did not on the base. */
  readonly writes: readonly { readonly check: string; readonly files: readonly string[] }[];
}

/** Whether the story passes, why not in words for an agent, and what a person should see. */
export interface TrialVerdict {
  readonly isPassed: boolean;
  readonly reasons: readonly string[];
  readonly flags: readonly ProofFlag[];
}

const FILES_SHOWN = 10;
const TEXT_LIMIT = 900;

/** The verdict about checks that are green in the story's own tree. Pure. */
export function judgeTrial(facts: TrialFacts): TrialVerdict {
  const files = shown(facts.definitions);
  const found = objections(facts, files);
  const isRedWithBase = facts.isGreenWithBase === false;
  const reasons = facts.allowCheckChanges ? [] : found.map(({ text }) => text);
  if (isRedWithBase && facts.isGreenWithOwn !== true)
    reasons.push(
      cut(
        `The checks pass only with your changes to what they mean: ${files}. Leave existing tests, check scripts and existing settings as they are, and make the code satisfy them.`,
      ),
    );
  const flags = facts.allowCheckChanges ? found : [];
  if (isRedWithBase && facts.isGreenWithOwn === true)
    flags.push({
      code: 'own-configuration',
      text: cut(`passes only with its own configuration: ${files}`),
    });
  if (facts.allowCheckChanges && facts.definitions.length > 0)
    flags.push({ code: 'self-defined', text: cut(`self-defined: the story changed ${files}`) });
  for (const check of withoutCanary(facts.canaries))
    flags.push({
      code: 'no-canary',
      text: cut(`no canary: check ${check} stays green whatever is wrong`),
    });
  return { isPassed: reasons.length === 0, reasons, flags };
}

/** What speaks against the story, unless it may change checks: then it is shown. */
function objections(facts: TrialFacts, files: string): ProofFlag[] {
  const unheard = facts.canaries
    .filter(({ is }) => is === 'unheard')
    .map((canary): ProofFlag => ({ code: 'unheard', text: cut(describeUnheard(canary, files)) }));
  const fewer = facts.counts.filter(isFewer).map(({ check, base, story }): ProofFlag => {
    const text = `Check ${check}: ${story} tests pass, and ${base} did before. Tests that exist have to stay, to run and to pass.`;
    return { code: 'fewer-tests', text: cut(text) };
  });
  const written = facts.writes.map(({ check, files: paths }): ProofFlag => {
    const text = `Check ${check} changes files while it runs: ${shown(paths)}. What is checked then is not what would be committed. Leave them alone, or commit what they become.`;
    return { code: 'writes-files', text: cut(text) };
  });
  return [...unheard, ...fewer, ...written];
}

function cut(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT - 1)}…`;
}

/** True when fewer tests passed than on the base; a number that cannot be read is never fewer. */
export function isFewer({ base, story }: TestCount): boolean {
  return base !== null && story !== null && story < base;
}

/** Checks of which no canary was noticed on the base. */
export function withoutCanary(canaries: readonly CanaryVerdict[]): string[] {
  const names = [...new Set(canaries.map(({ check }) => check))];
  return names.filter((name) =>
    canaries.every(({ check, is }) => check !== name || is === 'no-canary'),
  );
}

const WHAT: Readonly<Record<CanaryVerdict['kind'], string>> = {
  'existing-tests': 'when the existing tests are made to fail',
  'new-case': 'when a failing test is added to an existing file of tests',
  assertion: 'when an assertion fails',
  'broken-product': 'when the functions of the changed files are made to fail',
  finding: 'when the files contain something that it reported before',
  unreadable: 'when the files cannot be parsed',
};

function describeUnheard(
  { check, kind, files, rules = [] }: CanaryVerdict,
  definitions: string,
): string {
  const silent = rules.length === 0 ? '' : `; silent now: ${shown(rules)}`;
  const where = files.length === 0 ? '' : ` (${shown(files)}${silent})`;
  const why = definitions === '' ? '' : ` Look at ${definitions}.`;
  return `Check ${check} no longer turns red ${WHAT[kind]}${where}; before your change it did.${why} A check that cannot fail proves nothing: undo what keeps it from seeing failures.`;
}

function shown(files: readonly string[]): string {
  const rest = files.length - FILES_SHOWN;
  return `${files.slice(0, FILES_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
