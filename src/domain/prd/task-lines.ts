import { z } from 'zod';
import type { ErrorLocation } from '../error.js';
import type { Story } from '../story.js';
import { findConflicts, type PrdPlaces } from './conflicts.js';
import {
  dependenciesOf,
  dependencyShape,
  looseStoryId,
  optionalText,
  priority,
  requiredText,
  storyOf,
} from './fields.js';
import { PrdInvalidError, unknownFormat, type Prd, type PrdProblem } from './prd.js';

/** The status by which ralph-orchestrator says that nothing is left to do. */
export const CLOSED_STATUS = 'closed';

const taskSchema = z
  .looseObject(
    {
      id: looseStoryId,
      title: requiredText,
      description: optionalText,
      status: z.string('must be a string').nullish(),
      priority,
      ...dependencyShape,
    },
    'must be a JSON object',
  )
  .transform((task): Story =>
    storyOf({
      id: task.id,
      title: task.title,
      description: task.description,
      passes: task.status === CLOSED_STATUS,
      priority: task.priority ?? 3,
      dependsOn: dependenciesOf(task),
    }),
  );

interface TaskLine {
  readonly line: number;
  readonly value: unknown;
  /** What `JSON.parse` had against the line. */
  readonly isBroken: boolean;
}

/**
 * Reads ralph-orchestrator's `tasks.jsonl`: one task a line with `id`, `title`, `status`, `priority`, `blocked_by`.
 * Throws {@link PrdInvalidError} with every problem of every line.
 */
export function parseTaskLines(text: string, file: string): Prd {
  const lines = taskLines(text);
  if (lines.length === 0) throw unknownFormat(file);
  const stories: { readonly line: number; readonly story: Story }[] = [];
  const problems: PrdProblem[] = [];
  for (const line of lines) {
    const read = readTask(line, file);
    if ('story' in read) stories.push(read);
    else problems.push(...read.problems);
  }
  const prd: Prd = {
    format: 'ralph-orchestrator',
    project: 'tasks',
    feature: 'tasks',
    branchName: '',
    stories: stories.map(({ story }) => story),
    technicalRequirements: [],
    qualityChecks: [],
  };
  // a broken line may hold the very task that another one waits for
  const all = problems.length > 0 ? problems : findConflicts(prd, linePlaces(stories, file));
  if (all.length > 0) throw new PrdInvalidError(file, all);
  return prd;
}

/** 1-based line of a task, with its decoded value; undefined when the text has no such task. */
export function findTaskLine(
  text: string,
  id: string,
): { readonly line: number; readonly value: unknown } | undefined {
  return taskLines(text).find(({ value }) => idOf(value) === id);
}

function taskLines(text: string): TaskLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '')
    .map(({ content, line }) => {
      try {
        return { line, value: JSON.parse(content) as unknown, isBroken: false };
      } catch {
        return { line, value: undefined, isBroken: true };
      }
    });
}

function readTask(
  { line, value, isBroken }: TaskLine,
  file: string,
): { line: number; story: Story } | { problems: PrdProblem[] } {
  if (isBroken) return { problems: [{ message: 'is not valid JSON', where: { file, line } }] };
  const parsed = taskSchema.safeParse(value);
  if (parsed.success) return { line, story: parsed.data };
  const story = idOf(value);
  return {
    problems: parsed.error.issues.map((issue) => {
      const field = issue.path.map(String).join('.');
      const isAbsent =
        issue.code === 'invalid_type' && field !== '' && !hasField(value, issue.path[0]);
      return {
        message: isAbsent ? 'is missing' : issue.message,
        where: { file, line, story, field: field === '' ? undefined : field },
      };
    }),
  };
}

function hasField(value: unknown, field: PropertyKey | undefined): boolean {
  return typeof value === 'object' && value !== null && field !== undefined && field in value;
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id).trim() : undefined;
}

function linePlaces(
  stories: readonly { readonly line: number; readonly story: Story }[],
  file: string,
): PrdPlaces {
  const at = (index: number, field: string): ErrorLocation => ({
    file,
    line: stories[index]?.line,
    story: stories[index]?.story.id,
    field,
  });
  return {
    id: (index) => at(index, 'id'),
    nameOf: (index) => `line ${stories[index]?.line ?? 0}`,
    dependency: (index) => at(index, 'blocked_by'),
    dependencies: (index) => at(index, 'blocked_by'),
    branch: () => ({ file }),
  };
}
