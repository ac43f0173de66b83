import { z } from 'zod';
import { CHECK_ORDER } from './check.js';
import {
  CodetetherError,
  describeLocation,
  InvalidInputError,
  type ErrorLocation,
} from './error.js';
import { storySchema, type Story } from './story.js';

/** A product requirements document, independent of the file format it was read from. */
export const prdSchema = z.object({
  project: z.string(),
  feature: z.string(),
  /** Empty when the document names none. */
  branchName: z.string(),
  stories: z.array(storySchema),
  technicalRequirements: z.array(z.string()),
  /** Name and command, in the order in which they run. */
  qualityChecks: z.array(z.object({ name: z.string(), command: z.string() })),
});

/** See {@link prdSchema}. */
export type Prd = z.infer<typeof prdSchema>;

/** One thing wrong with a PRD. */
export interface PrdProblem {
  readonly message: string;
  readonly where: ErrorLocation;
}

/** Raised with every problem of a PRD at once; `data.problems` holds them. Exit 2. */
export class PrdInvalidError extends InvalidInputError {
  readonly problems: readonly PrdProblem[];

  constructor(file: string, problems: readonly PrdProblem[]) {
    const lines = problems.map(
      ({ message, where }) => `  - ${describeLocation({ ...where, file: undefined })}: ${message}`,
    );
    super('ERR_PRD_INVALID', {
      message: `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}\n${lines.join('\n')}`,
      where: problems[0]?.where ?? { file },
      hint: 'correct the file, then check it with: codetether ralph validate -p FILE',
      data: { problems },
    });
    this.problems = problems;
  }
}

/** Finds the line of a field path in the document's text; undefined when unknown. */
export type LineLocator = (path: readonly (string | number)[]) => number | undefined;

const text = z.string('must be a string');
const requiredText = text.trim().min(1, 'must not be empty');
const optionalText = z
  .string('must be a string')
  .nullish()
  .transform((value) => value ?? '');
const textList = z
  .array(text, 'must be a list of strings')
  .nullish()
  .transform((value) => value ?? []);

/** An id is part of workflow ids, commit trailers and headings; those have limits and single lines. */
const storyId = requiredText
  .max(100, 'must be at most 100 characters')
  .regex(/^\P{Cc}*$/u, 'must not hold line breaks or control characters');

const storyFileSchema = z
  .looseObject({
    id: storyId,
    title: requiredText,
    description: optionalText,
    acceptance_criteria: textList,
    passes: z
      .boolean('must be true or false')
      .nullish()
      .transform((value) => value ?? false),
    priority: z
      .int('must be a whole number')
      .min(1, 'must be 1 (highest) or more')
      .max(255, 'must be at most 255')
      .nullish(),
    depends_on: textList,
    dependencies: textList,
    complexity: z
      .int('must be a whole number')
      .min(1, 'must be 1 to 5')
      .max(5, 'must be 1 to 5')
      .nullish(),
  })
  .transform((file): Story => ({
    id: file.id,
    title: file.title,
    description: file.description,
    acceptanceCriteria: file.acceptance_criteria,
    passes: file.passes,
    priority: file.priority ?? 1,
    dependsOn: [...new Set([...file.depends_on, ...file.dependencies])],
    complexity: file.complexity ?? 3,
    verificationSteps: [],
  }));

const prdFileSchema = z
  .looseObject({
    project: requiredText,
    feature: requiredText,
    branch_name: optionalText,
    user_stories: z.array(storyFileSchema, 'must be a list of stories').min(1, 'holds no story'),
    technical_requirements: textList,
    quality_checks: z
      .record(text, text.nullable(), 'must be an object of check names and commands')
      .nullish()
      .transform((value) => value ?? {}),
  })
  .transform((file): Prd => ({
    project: file.project,
    feature: file.feature,
    branchName: file.branch_name.trim(),
    stories: file.user_stories,
    technicalRequirements: file.technical_requirements,
    qualityChecks: orderChecks(file.quality_checks),
  }));

/**
 * Reads a decoded codetether PRD. Collects every problem (types, duplicate ids, unknown and cyclic dependencies, branch
 * name) and throws {@link PrdInvalidError} `ERR_PRD_INVALID` with all of them, each with story, field and line.
 */
export function parsePrd(value: unknown, file: string, lineOf: LineLocator = () => undefined): Prd {
  const locate: Locate = (path) => ({ file, line: lineOf(path), ...fieldOf(value, path) });
  const parsed = prdFileSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
      const isAbsent = issue.code === 'invalid_type' && valueAt(value, path) === undefined;
      return { message: issueText(issue.message, path, isAbsent), where: locate(path) };
    });
    throw new PrdInvalidError(file, problems);
  }
  const problems = findConflicts(parsed.data, value, locate);
  if (problems.length > 0) throw new PrdInvalidError(file, problems);
  return parsed.data;
}

function issueText(message: string, path: readonly (string | number)[], isAbsent: boolean): string {
  if (path.length === 0) return 'must be a JSON object with project, feature and user_stories';
  return isAbsent ? 'is missing' : message;
}

/** Field path and story id of a place in the document. */
function fieldOf(
  value: unknown,
  path: readonly (string | number)[],
): Pick<ErrorLocation, 'field' | 'story'> {
  const field = path.reduce<string>(
    (so, part) =>
      typeof part === 'number' ? `${so}[${part}]` : so === '' ? part : `${so}.${part}`,
    '',
  );
  const storyId =
    path[0] === 'user_stories' && typeof path[1] === 'number'
      ? valueAt(value, ['user_stories', path[1], 'id'])
      : undefined;
  return {
    field: field === '' ? undefined : field,
    story: typeof storyId === 'string' && storyId !== '' ? storyId : undefined,
  };
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current: unknown = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, part);
  }
  return current;
}

function orderChecks(checks: Readonly<Record<string, string | null>>): Prd['qualityChecks'] {
  const rank = (name: string): number => {
    const known = CHECK_ORDER.indexOf(name);
    return known < 0 ? CHECK_ORDER.length : known;
  };
  return Object.entries(checks)
    .filter((entry): entry is [string, string] => entry[1] !== null && entry[1].trim() !== '')
    .map(([name, command]) => ({ name, command }))
    .sort((left, right) => rank(left.name) - rank(right.name));
}

type Locate = (path: readonly (string | number)[]) => ErrorLocation;

function findConflicts(prd: Prd, value: unknown, at: Locate): PrdProblem[] {
  return [
    ...findDuplicates(prd, at),
    ...findUnknownDependencies(prd, value, at),
    ...findCycles(prd, at),
    ...findBranch(prd, at),
  ];
}

function findDuplicates(prd: Prd, at: Locate): PrdProblem[] {
  const first = new Map<string, number>();
  const problems: PrdProblem[] = [];
  prd.stories.forEach((story, index) => {
    const earlier = first.get(story.id);
    if (earlier === undefined) first.set(story.id, index);
    else {
      problems.push({
        message: `id "${story.id}" is already used by user_stories[${earlier}]`,
        where: at(['user_stories', index, 'id']),
      });
    }
  });
  return problems;
}

function findUnknownDependencies(prd: Prd, value: unknown, at: Locate): PrdProblem[] {
  const ids = new Set(prd.stories.map((story) => story.id));
  return prd.stories.flatMap((story, index) =>
    story.dependsOn
      .filter((id) => !ids.has(id))
      .map((id) => ({
        message: `depends on "${id}", which is not a story of this PRD`,
        where: at(dependencyPath(value, index, id)),
      })),
  );
}

function dependencyPath(value: unknown, index: number, id: string): (string | number)[] {
  for (const field of ['depends_on', 'dependencies']) {
    const list = valueAt(value, ['user_stories', index, field]);
    const position = Array.isArray(list) ? list.indexOf(id) : -1;
    if (position >= 0) return ['user_stories', index, field, position];
  }
  return ['user_stories', index, 'depends_on'];
}

function findCycles(prd: Prd, at: Locate): PrdProblem[] {
  const byId = new Map(prd.stories.map((story) => [story.id, story]));
  const done = new Set<string>();
  const problems: PrdProblem[] = [];
  const visit = (id: string, trail: readonly string[]): void => {
    const start = trail.indexOf(id);
    if (start >= 0) {
      const cycle = [...trail.slice(start), id];
      const index = prd.stories.findIndex((story) => story.id === id);
      problems.push({
        message: `dependencies go in a circle: ${cycle.join(' -> ')}`,
        where: at(['user_stories', index, 'depends_on']),
      });
      return;
    }
    if (done.has(id)) return;
    for (const next of byId.get(id)?.dependsOn ?? []) visit(next, [...trail, id]);
    done.add(id);
  };
  for (const story of prd.stories) visit(story.id, []);
  return problems;
}

function findBranch(prd: Prd, at: Locate): PrdProblem[] {
  const problem = branchNameProblem(prd.branchName);
  return prd.branchName === '' || problem === undefined
    ? []
    : [{ message: problem, where: at(['branch_name']) }];
}

/** Bytes of a branch name; a folder's name may have 255, and `-run-ID` and `.lock` are added to it. */
const BRANCH_LIMIT = 180;

/** Why `name` cannot be a branch (git check-ref-format rules, and the length that file systems allow), or undefined. */
export function branchNameProblem(name: string): string | undefined {
  const isBad =
    /[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|\/$|\.$|(^|\/)\.|\.lock(\/|$)|^(@|HEAD)$/u.test(
      name,
    ) || name === '';
  if (isBad) return `"${name}" is not a valid git branch name`;
  return byteLength(name) > BRANCH_LIMIT
    ? `the branch name is longer than ${BRANCH_LIMIT} bytes`
    : undefined;
}

/** Bytes in UTF-8; the workflow sandbox has no TextEncoder of its own. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** True when an error is one of ours; narrows for callers that catch unknown values. */
export function isCodetetherError(error: unknown): error is CodetetherError {
  return error instanceof CodetetherError;
}

/** A PRD file for a new feature, ready to be edited; pretty-printed JSON with a final newline. */
export function prdTemplate(options: {
  readonly feature: string;
  readonly project: string;
  readonly createdAt: string;
}): string {
  const slug = branchSlug(options.feature);
  const template = {
    project: options.project,
    feature: options.feature,
    branch_name: `feature/${slug}`,
    version: '1.0',
    user_stories: [
      {
        id: 'US-001',
        title: `First part of ${options.feature}`,
        description: 'As a user, I want … so that …',
        acceptance_criteria: ['Name something that a check or a reader can verify'],
        passes: false,
        priority: 1,
        depends_on: [],
        complexity: 2,
      },
    ],
    technical_requirements: [],
    quality_checks: { typecheck: null, lint: null, test: null, build: null },
    created_at: options.createdAt,
    updated_at: options.createdAt,
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** Lower-case letters, digits and single dashes; `run` when nothing is left. */
export function branchSlug(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return slug === '' ? 'run' : slug;
}
