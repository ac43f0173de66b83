import { z } from 'zod';
import type { Story } from '../story.js';
import {
  checkCommands,
  commandSteps,
  dependenciesOf,
  dependencyShape,
  flag,
  looseStoryId,
  optionalText,
  orderChecks,
  paragraphs,
  positionId,
  priority,
  requiredText,
  storyOf,
  textOrList,
} from './fields.js';
import type { Prd } from './prd.js';

const taskSchema = z.looseObject({
  id: looseStoryId.nullish(),
  title: requiredText,
  description: optionalText,
  acceptance_criteria: textOrList,
  completed: flag,
  parallel_group: z.int('must be a whole number').nullish(),
  priority,
  ...dependencyShape,
});

/**
 * ralphy's task file, YAML or JSON: `tasks` with `title`, `completed` and `parallel_group`. Groups run one after the
 * other, so a task depends on every task of the group before its own.
 */
export const taskListSchema = z
  .looseObject({
    project: optionalText,
    name: optionalText,
    feature: optionalText,
    branch_name: optionalText,
    tasks: z.array(taskSchema, 'must be a list of tasks').min(1, 'holds no story'),
    quality_checks: checkCommands,
  })
  .transform((file): Prd => {
    const project = paragraphs([file.project]) || paragraphs([file.name]) || 'tasks';
    return {
      format: 'ralphy-tasks',
      project,
      feature: paragraphs([file.feature]) || project,
      branchName: file.branch_name.trim(),
      stories: withGroups(file.tasks),
      technicalRequirements: [],
      qualityChecks: orderChecks(file.quality_checks),
    };
  });

type Task = z.infer<typeof taskSchema>;

function withGroups(tasks: readonly Task[]): Story[] {
  const groupOf = (task: Task): number => task.parallel_group ?? 0;
  const groups = [...new Set(tasks.map(groupOf))].sort((left, right) => left - right);
  const ids = tasks.map((task, index) => task.id ?? positionId(index));
  const idsOf = (group: number | undefined): string[] =>
    ids.filter((_, index) => {
      const task = tasks[index];
      return task !== undefined && groupOf(task) === group;
    });
  return tasks.map((task, index) => {
    const before = groups[groups.indexOf(groupOf(task)) - 1];
    return storyOf({
      id: ids[index] ?? positionId(index),
      title: task.title,
      description: task.description,
      acceptanceCriteria: task.acceptance_criteria,
      passes: task.completed,
      priority: task.priority ?? 1,
      dependsOn: [...new Set([...dependenciesOf(task), ...idsOf(before)])],
      verificationSteps: commandSteps(task.acceptance_criteria),
    });
  });
}
