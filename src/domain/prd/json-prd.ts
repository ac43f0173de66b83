import type { z } from 'zod';
import type { ErrorLocation } from '../error.js';
import { codetetherSchema } from './codetether-format.js';
import { findConflicts, type PrdPlaces } from './conflicts.js';
import { featureListSchema, featureObjectSchema } from './feature-list-format.js';
import { DEPENDENCY_FIELDS, storyOf } from './fields.js';
import { findStoryList, storyIdAt, valueAt, type StoryListLayout } from './story-list.js';
import {
  PrdInvalidError,
  unknownFormat,
  type FieldPath,
  type LineLocator,
  type Prd,
  type PrdProblem,
} from './prd.js';
import { taskListSchema } from './task-list-format.js';
import { userStoriesSchema } from './user-stories-format.js';

const SCHEMAS: Readonly<Record<StoryListLayout['kind'], z.ZodType<Prd>>> = {
  user_stories: codetetherSchema,
  userStories: userStoriesSchema,
  features: featureObjectSchema,
  'feature-array': featureListSchema,
  tasks: taskListSchema,
};

/** A decoded document and how to say where something stands in it. */
interface Document {
  readonly value: unknown;
  readonly file: string;
  readonly layout: StoryListLayout;
  readonly lineOf: LineLocator;
}

/**
 * Reads a decoded PRD (JSON or YAML), whichever of the formats it is. Collects every problem (types, duplicate ids,
 * unknown and cyclic dependencies, branch name) and throws {@link PrdInvalidError} `ERR_PRD_INVALID` with all of them,
 * each with story, field and line; a document of no known format is one that names the formats.
 */
export function parsePrd(value: unknown, file: string, lineOf: LineLocator = () => undefined): Prd {
  const layout = findStoryList(value);
  if (layout === undefined) throw unknownFormat(file);
  const document: Document = { value, file, layout, lineOf };
  const parsed = SCHEMAS[layout.kind].safeParse(value);
  const problems = [
    ...(parsed.success ? [] : issueProblems(parsed.error.issues, document)),
    ...findMissingProject(document),
    // also of a document with wrong fields: people want to see everything at once
    ...findConflicts(parsed.success ? parsed.data : looseOutline(document), jsonPlaces(document)),
  ];
  if (!parsed.success || problems.length > 0) throw new PrdInvalidError(file, problems);
  return parsed.data;
}

/** `userStories` may have a project or a name; one of them is needed. */
function findMissingProject(document: Document): PrdProblem[] {
  if (document.layout.kind !== 'userStories') return [];
  const names = ['project', 'name'].map((field) => valueAt(document.value, [field]));
  return names.every((name) => name === undefined || name === null || name === '')
    ? [{ message: 'is missing, and so is name', where: locate(document, ['project']) }]
    : [];
}

/** Ids and dependencies of a document that no schema takes, as far as they can be read. */
function looseOutline({ value, layout }: Document): Prd {
  const list = valueAt(value, layout.path);
  const stories = (Array.isArray(list) ? list : []).map((item: unknown, index) =>
    storyOf({
      id: storyIdAt(item, index),
      title: '',
      dependsOn: DEPENDENCY_FIELDS.flatMap((field) => readableIds(valueAt(item, [field]))),
    }),
  );
  return {
    format: 'codetether',
    project: '',
    feature: '',
    branchName: '',
    stories,
    technicalRequirements: [],
    qualityChecks: [],
  };
}

function readableIds(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((id) => typeof id === 'string' || typeof id === 'number').map(String);
}

function issueProblems(issues: readonly z.core.$ZodIssue[], document: Document): PrdProblem[] {
  return issues.map((issue) => {
    const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
    const isAbsent = issue.code === 'invalid_type' && valueAt(document.value, path) === undefined;
    return { message: isAbsent ? 'is missing' : issue.message, where: locate(document, path) };
  });
}

function locate(document: Document, path: FieldPath): ErrorLocation {
  const { value, file, layout } = document;
  const field = spelled(path);
  const position = path[layout.path.length];
  const isInList = layout.path.every((part, index) => path[index] === part);
  const id =
    isInList && typeof position === 'number'
      ? valueAt(value, [...layout.path, position, 'id'])
      : undefined;
  return {
    file,
    line: document.lineOf(path),
    field: field === '' ? undefined : field,
    story: typeof id === 'string' && id !== '' ? id : typeof id === 'number' ? `${id}` : undefined,
  };
}

/** `user_stories[2].title`; empty for the document itself. */
function spelled(path: FieldPath): string {
  return path.reduce<string>(
    (so, part) =>
      typeof part === 'number' ? `${so}[${part}]` : so === '' ? part : `${so}.${part}`,
    '',
  );
}

function jsonPlaces(document: Document): PrdPlaces {
  const { value, layout } = document;
  const storyPath = (index: number): FieldPath => [...layout.path, index];
  return {
    id: (index) => locate(document, [...storyPath(index), 'id']),
    nameOf: (index) => spelled(storyPath(index)),
    dependency: (index, id) => locate(document, dependencyPath(value, storyPath(index), id)),
    dependencies: (index) => {
      const story = storyPath(index);
      const field = DEPENDENCY_FIELDS.find(
        (name) => valueAt(value, [...story, name]) !== undefined,
      );
      return locate(document, [...story, field ?? 'depends_on']);
    },
    branch: () =>
      locate(document, [
        valueAt(value, ['branchName']) === undefined ? 'branch_name' : 'branchName',
      ]),
  };
}

function dependencyPath(value: unknown, story: FieldPath, id: string): FieldPath {
  for (const field of DEPENDENCY_FIELDS) {
    const list = valueAt(value, [...story, field]);
    const position = Array.isArray(list) ? list.map(String).indexOf(id) : -1;
    if (position >= 0) return [...story, field, position];
    if (list === id) return [...story, field];
  }
  return [...story, 'depends_on'];
}
