import { z } from 'zod';
import type { Story } from '../story.js';
import {
  checkCommands,
  commandSteps,
  dependenciesOf,
  dependencyShape,
  firstLine,
  flag,
  looseStoryId,
  optionalText,
  orderChecks,
  paragraphs,
  priority,
  requiredText,
  storyOf,
  textList,
} from './fields.js';
import type { Prd } from './prd.js';
import { verificationStepsField } from './verification-steps.js';

/** ralph-tui's rank of a story that names none; snarktank's stories all have one. */
const DEFAULT_PRIORITY = 2;

const userStorySchema = z
  .looseObject({
    id: looseStoryId,
    title: requiredText,
    description: optionalText,
    acceptanceCriteria: textList,
    passes: flag,
    priority,
    ...dependencyShape,
    notes: optionalText,
    verification_steps: verificationStepsField,
  })
  .transform((file): Story =>
    storyOf({
      id: file.id,
      title: file.title,
      description: paragraphs([file.description, file.notes === '' ? '' : `Notes: ${file.notes}`]),
      acceptanceCriteria: file.acceptanceCriteria,
      passes: file.passes,
      priority: file.priority ?? DEFAULT_PRIORITY,
      dependsOn: dependenciesOf(file),
      verificationSteps: [...file.verification_steps, ...commandSteps(file.acceptanceCriteria)],
    }),
  );

/**
 * The `userStories` format that snarktank/ralph and ralph-tui share, also ralph-tui's generated PRD (`technicalNotes`,
 * `constraints`). A `name` stands for a missing `project`; the feature is the description's first line.
 */
export const userStoriesSchema = z
  .looseObject({
    project: optionalText,
    name: optionalText,
    description: optionalText,
    branchName: optionalText,
    branch_name: optionalText,
    userStories: z.array(userStorySchema, 'must be a list of stories').min(1, 'holds no story'),
    technicalNotes: optionalText,
    constraints: z.unknown().optional(),
    quality_checks: checkCommands,
    qualityChecks: checkCommands,
  })
  .transform((file): Prd => {
    const project = paragraphs([file.project]) || paragraphs([file.name]);
    return {
      format: isRalphTui(file) ? 'ralph-tui' : 'snarktank',
      project,
      feature: firstLine(file.description, 200) || paragraphs([file.name]) || project,
      branchName: file.branchName.trim() || file.branch_name.trim(),
      stories: file.userStories,
      technicalRequirements: [file.technicalNotes, textOf(file.constraints)]
        .map((part) => part.trim())
        .filter((part) => part !== ''),
      qualityChecks: orderChecks({ ...file.quality_checks, ...file.qualityChecks }),
    };
  });

/** What only ralph-tui writes; both tools read either. */
function isRalphTui(file: Readonly<Record<string, unknown>>): boolean {
  return file['name'] !== '' || file['metadata'] !== undefined;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.filter((part) => typeof part === 'string').join('; ');
  return typeof value === 'string' ? value : '';
}
