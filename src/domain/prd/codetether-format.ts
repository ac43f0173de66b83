import { z } from 'zod';
import {
  checkCommands,
  flag,
  optionalText,
  orderChecks,
  requiredText,
  storyId,
  textList,
} from './fields.js';
import type { Prd } from './prd.js';
import type { Story } from '../story.js';
import { verificationStepsField } from './verification-steps.js';

const storyFileSchema = z
  .looseObject({
    id: storyId,
    title: requiredText,
    description: optionalText,
    acceptance_criteria: textList,
    passes: flag,
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
    verification_steps: verificationStepsField,
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
    verificationSteps: file.verification_steps,
  }));

/** codetether's own format (facts: codetether.md section 4): `project`, `feature`, `user_stories`. */
export const codetetherSchema = z
  .looseObject({
    project: requiredText,
    feature: requiredText,
    branch_name: optionalText,
    user_stories: z.array(storyFileSchema, 'must be a list of stories').min(1, 'holds no story'),
    technical_requirements: textList,
    quality_checks: checkCommands,
  })
  .transform((file): Prd => ({
    format: 'codetether',
    project: file.project,
    feature: file.feature,
    branchName: file.branch_name.trim(),
    stories: file.user_stories,
    technicalRequirements: file.technical_requirements,
    qualityChecks: orderChecks(file.quality_checks),
  }));
