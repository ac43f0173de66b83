import { z } from 'zod';

/**
 * How a check is told on purpose that something is wrong. `existing-tests`: every test that exists fails under its own name.
 * `new-case`: a test that throws, in a file of tests that exists. `assertion`: the same through the project's assertions.
 * `broken-product`: the functions of a file that the story changed throw. `finding`: something that linters and type checkers name, in every file.
 * `unreadable`: files that no compiler can parse.
 */
export const canaryKindSchema = z.enum([
  'existing-tests',
  'new-case',
  'assertion',
  'broken-product',
  'finding',
  'unreadable',
]);

/** See {@link canaryKindSchema}. */
export type CanaryKind = z.infer<typeof canaryKindSchema>;

/** Where a canary sits; `index` tells several of one file apart. */
export const canaryPlaceSchema = z.object({
  path: z.string(),
  kind: canaryKindSchema,
  index: z.number().int().nonnegative(),
});

/** See {@link canaryPlaceSchema}. */
export type CanaryPlace = z.infer<typeof canaryPlaceSchema>;

/** A canary in one file. */
export interface PlantedCanary extends CanaryPlace {
  /** Shown by the check's output when the check looked there; made by {@link tokenOf}. */
  readonly token: string;
}

/** The token of canary `index` of a file; `secret` is hexadecimal and stands in nothing that a story could have read. Pure. */
export function tokenOf(secret: string, index: number): string {
  return `k${secret}z${index}e`;
}

/** Runners name tests that passed as well, and their names may hold a token. */
const PASSED_LINE = /[✓✔√]|PASS(?:ED)?(?![A-Za-z])|\bPassed\b|^\s{0,80}ok\b|\bok\s{0,5}$/;

/** True when the output shows the token, and not only among what passed. Pure. */
export function showsToken(output: string, token: string): boolean {
  if (!output.includes(token)) return false;
  return output
    .split('\n')
    .some((line) => line.includes(token) && !PASSED_LINE.test(line.slice(0, LINE_LENGTH)));
}

/** Of a token, what an identifier may be made of: never the whole. Pure. */
export function markOf(token: string): string {
  return token.replace(/z\d+e$/, '');
}

/**
 * The token as an expression of JavaScript. Runners show the lines around a failure: a token that stands there in one piece would be shown by its
 * neighbour. Pure.
 */
export function spelled(token: string): string {
  const mark = markOf(token);
  return `'${mark}' + '${token.slice(mark.length)}'`;
}

/**
 * One run with canaries on the base. A runner that stops at its first failure hides the other files; those are tried again in a
 * stage of their own.
 */
export const controlStageSchema = z.object({
  kinds: z.array(canaryKindSchema),
  /** Files in which canaries were planted. */
  planted: z.array(z.string()),
  isRed: z.boolean(),
  /** Canaries whose token was shown. Empty though red = a runner that prints no messages. */
  heard: z.array(canaryPlaceSchema),
  /** Rules that findings were reported under; absent = none were named. */
  rules: z.array(z.string()).optional(),
});

/** See {@link controlStageSchema}. */
export type ControlStage = z.infer<typeof controlStageSchema>;

/** A run with canaries in the story's files. */
export interface StoryCanaries {
  readonly planted: readonly PlantedCanary[];
  readonly isRed: boolean;
  /** What the check printed. */
  readonly output: string;
  readonly durationMs: number;
}

/** What canaries said about one check: `unheard` = noticed on the base and no longer. */
export const canaryVerdictSchema = z.object({
  check: z.string(),
  kind: canaryKindSchema,
  /**
   * `not-run`: could not be planted in the story's files. `no-canary`: the check stays green on the base as well, so that its green says
   * little.
   */
  is: z.enum(['noticed', 'unheard', 'not-run', 'no-canary']),
  /** Files of the canaries that were not heard, or in which they were planted; at most 20. */
  files: z.array(z.string()).max(20),
  /** Rules of a linter or type checker that are no longer reported; absent = none. */
  rules: z.array(z.string().max(100)).max(20).optional(),
  /** Milliseconds of the run with the story's files; absent = it took none. */
  durationMs: z.number().nonnegative().optional(),
});

/** See {@link canaryVerdictSchema}. */
export type CanaryVerdict = z.infer<typeof canaryVerdictSchema>;

/** Files named in a verdict. */
const FILES_LIMIT = 20;
const RULES_LIMIT = 200;
const RULE_LENGTH = 100;
/** Of a longer line the beginning tells whether it is about a test that passed. */
const LINE_LENGTH = 2000;

/**
 * Compares what a check noticed on the base with what it notices in the story's files, kind by kind. A canary counts only when its
 * token is shown: a check that is red for another reason has noticed nothing. Only where no token is ever shown are red and green
 * compared. Pure.
 */
export function judgeStage(
  check: string,
  stage: ControlStage,
  story: StoryCanaries | undefined,
): CanaryVerdict[] {
  return stage.kinds.map((kind) => {
    const planted = (story?.planted ?? []).filter((canary) => canary.kind === kind);
    const { is, places = [], rules = [] } = judgeKind(stage, kind, { story, planted });
    return {
      check,
      kind,
      is,
      files: [...new Set(places.map(({ path }) => path))].slice(0, FILES_LIMIT),
      ...(rules.length === 0 ? {} : { rules }),
      ...(story === undefined ? {} : { durationMs: Math.round(story.durationMs) }),
    };
  });
}

interface KindVerdict extends Pick<CanaryVerdict, 'is'> {
  readonly places?: readonly { readonly path: string }[];
  readonly rules?: string[];
}

function judgeKind(
  stage: ControlStage,
  kind: CanaryKind,
  {
    story,
    planted,
  }: { readonly story: StoryCanaries | undefined; readonly planted: readonly PlantedCanary[] },
): KindVerdict {
  const isSilent = stage.heard.length === 0;
  const heard = stage.heard.filter((place) => place.kind === kind);
  if (!stage.isRed || (!isSilent && heard.length === 0)) return { is: 'no-canary' };
  if (story === undefined || planted.length === 0) return { is: 'not-run' };
  if (isSilent) return { is: story.isRed ? 'noticed' : 'unheard', places: planted };
  const expected = planted.filter((canary) => heard.some((place) => isSamePlace(place, canary)));
  return expected.length === 0 ? { is: 'not-run' } : judgeTokens(stage, story, expected);
}

function judgeTokens(
  stage: ControlStage,
  { isRed, output }: StoryCanaries,
  expected: readonly PlantedCanary[],
): KindVerdict {
  // what was printed does not matter where the check is green all the same
  const unheard = expected.filter(({ token }) => !isRed || !showsToken(output, token));
  // what was left out of a long output cannot be heard
  const isCut = isRed && /^… \d{1,15} bytes left out …$/m.test(output);
  if (unheard.length > 0)
    return isCut ? { is: 'noticed', places: expected } : { is: 'unheard', places: unheard };
  const rules = missingRules(stage, output);
  return { is: rules.length === 0 ? 'noticed' : 'unheard', places: expected, rules };
}

/** Names of rules in what linters and type checkers print: `TS2304`, `F821`, `[return-value]`, `clippy::needless_return`, `no-undef`. */
const RULES: readonly RegExp[] = [
  /\b[A-Z]{1,4}\d{3,5}\b/g,
  /\[[a-z]{1,30}(?:-[a-z]{1,30}){1,6}\]/g,
  /\breport[A-Z]\w{1,60}/g,
  /\bclippy::\w{1,60}/g,
  /\b(?:unused_\w{1,40}|dead_code)\b/g,
  / {2}(?:@[\w-]{1,40}\/)?[a-z][\w-]{1,60}(?:\/[\w-]{1,60})?$/gm,
];

/** The rules that findings in `output` are reported under; bounded. Pure. */
export function rulesIn(output: string): string[] {
  const found = RULES.flatMap((rule) => output.match(rule) ?? []).map((name) => name.trim());
  return [...new Set(found)].sort().slice(0, RULES_LIMIT);
}

function missingRules({ kinds, rules = [] }: ControlStage, output: string): string[] {
  if (!kinds.includes('finding')) return [];
  const now = new Set(rulesIn(output));
  return rules
    .filter((rule) => !now.has(rule))
    .slice(0, FILES_LIMIT)
    .map((rule) => rule.slice(0, RULE_LENGTH));
}

function isSamePlace(one: CanaryPlace, other: CanaryPlace): boolean {
  return one.path === other.path && one.kind === other.kind && one.index === other.index;
}
