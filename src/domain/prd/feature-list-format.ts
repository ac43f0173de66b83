import { z } from 'zod';
import type { Story } from '../story.js';
import {
  checkCommands,
  commandSteps,
  dependenciesOf,
  dependencyShape,
  firstLine,
  looseStoryId,
  optionalText,
  orderChecks,
  paragraphs,
  positionId,
  priority,
  storyOf,
  textOrList,
} from './fields.js';
import type { Prd } from './prd.js';
import { isDoneWord } from './done-word.js';

const TITLE_LIMIT = 100;

const featureSchema = z
  .looseObject({
    id: looseStoryId.nullish(),
    title: optionalText,
    name: optionalText,
    description: optionalText,
    user_visible_behavior: optionalText,
    steps: textOrList,
    acceptance: textOrList,
    acceptance_criteria: textOrList,
    acceptanceCriteria: textOrList,
    doneCriteria: textOrList,
    done_criteria: textOrList,
    // people keep other things than text here too
    verification: z.unknown().transform(textsOf).optional(),
    passes: z.boolean('must be true or false').nullish(),
    status: z.unknown().optional(),
    priority,
    ...dependencyShape,
  })
  .superRefine((feature, context) => {
    if (titleOf(feature) !== '') return;
    const message = 'is missing, and so are name and description';
    context.addIssue({ code: 'custom', path: ['title'], message });
  });

const featuresSchema = z
  .array(featureSchema, 'must be a list of features')
  .min(1, 'holds no story')
  .transform((features) => features.map(toStory));

/**
 * `feature_list.json` of long-running agents, an array or `{features: []}`. What a feature must do stands in `steps`,
 * `acceptance`, `acceptance_criteria` or `verification`; it is done when `passes` is true, or, where there is no `passes`,
 * when `status` says so.
 */
export const featureListSchema = featuresSchema.transform((stories): Prd => ({
  ...EMPTY,
  stories,
}));

/** The form with `features` below an object; see {@link featureListSchema}. */
export const featureObjectSchema = z
  .looseObject({
    project: optionalText,
    name: optionalText,
    description: optionalText,
    branch_name: optionalText,
    branchName: optionalText,
    features: featuresSchema,
    quality_checks: checkCommands,
  })
  .transform((file): Prd => {
    const project = paragraphs([file.project]) || paragraphs([file.name]) || EMPTY.project;
    return {
      ...EMPTY,
      project,
      feature: firstLine(file.description, 200) || project,
      branchName: file.branch_name.trim() || file.branchName.trim(),
      stories: file.features,
      qualityChecks: orderChecks(file.quality_checks),
    };
  });

const EMPTY: Prd = {
  format: 'feature-list',
  project: 'feature list',
  feature: 'feature list',
  branchName: '',
  stories: [],
  technicalRequirements: [],
  qualityChecks: [],
};

type Feature = z.infer<typeof featureSchema>;

function titleOf(
  feature: Readonly<Record<'title' | 'name' | 'description' | 'user_visible_behavior', string>>,
): string {
  return (
    [feature.title, feature.name, feature.description, feature.user_visible_behavior]
      .map((candidate) => firstLine(candidate, TITLE_LIMIT))
      .find((candidate) => candidate !== '') ?? ''
  );
}

function toStory(feature: Feature, index: number): Story {
  const goals = [
    ...feature.acceptance,
    ...feature.acceptance_criteria,
    ...feature.acceptanceCriteria,
    ...feature.doneCriteria,
    ...feature.done_criteria,
    ...(feature.verification ?? []),
  ];
  // an unquoted command among the steps is something to do, not something that must hold
  const quoted = feature.steps.filter((step) => step.includes('`'));
  return storyOf({
    id: feature.id ?? positionId(index),
    title: titleOf(feature),
    description: paragraphs([feature.description, feature.user_visible_behavior]),
    acceptanceCriteria: [...goals, ...feature.steps],
    passes: feature.passes ?? isDoneWord(feature.status),
    priority: feature.priority ?? 1,
    dependsOn: dependenciesOf(feature),
    verificationSteps: commandSteps([...goals, ...quoted]),
  });
}

function textsOf(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((part) => typeof part === 'string');
}
