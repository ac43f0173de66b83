import { z } from 'zod';
import type { VerificationStep } from '../proof/verification.js';
import { requiredText, text, textList } from './fields.js';

const name = text.nullish();

const shellStep = z
  .looseObject({
    type: z.literal('shell'),
    name,
    command: requiredText,
    cwd: text.nullish(),
    expect_output_contains: textList,
    expect_files_glob: textList,
  })
  .transform((step): VerificationStep => ({
    type: 'shell',
    ...named(step.name),
    command: step.command,
    ...(typeof step.cwd === 'string' && step.cwd !== '' ? { cwd: step.cwd } : {}),
    expectOutputContains: step.expect_output_contains,
    expectFilesGlob: step.expect_files_glob,
  }));

const fileExistsStep = z
  .looseObject({
    type: z.literal('file_exists'),
    name,
    path: requiredText,
    glob: z.boolean('must be true or false').nullish(),
  })
  .transform((step): VerificationStep => ({
    type: 'file_exists',
    ...named(step.name),
    path: step.path,
    glob: step.glob ?? false,
  }));

const urlStep = z
  .looseObject({
    type: z.literal('url'),
    name,
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
    method: text.regex(/^[A-Za-z]+$/, 'must be a method such as GET').nullish(),
    expect_status: z
      .int('must be a whole number')
      .min(100, 'must be 100 to 599')
      .max(599, 'must be 100 to 599')
      .nullish(),
    expect_body_contains: textList,
    timeout_secs: z
      .number('must be a number of seconds')
      .positive('must be more than 0')
      .max(3600, 'must be at most 3600')
      .nullish(),
  })
  .transform((step): VerificationStep => ({
    type: 'url',
    ...named(step.name),
    url: step.url,
    method: (step.method ?? 'GET').toUpperCase(),
    expectStatus: step.expect_status ?? 200,
    expectBodyContains: step.expect_body_contains,
    timeoutMs: Math.ceil((step.timeout_secs ?? 30) * 1000),
  }));

/** One of codetether's `verification_steps` (facts: codetether.md section 4), as a step of ours. */
export const verificationStepSchema = z.discriminatedUnion(
  'type',
  [shellStep, fileExistsStep, urlStep],
  'must be an object with type shell, file_exists or url',
);

function named(value: string | null | undefined): { name?: string } {
  return value === undefined || value === null || value === '' ? {} : { name: value };
}
