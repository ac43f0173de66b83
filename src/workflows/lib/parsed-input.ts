import { ApplicationFailure } from '@temporalio/workflow';
import type { z } from 'zod';

const ISSUES_SHOWN = 5;

/**
 * A workflow's input by its schema. Throws `ERR_WORKFLOW_INPUT_INVALID`, which ends the workflow: what does not parse now does not
 * parse later, and any other error would have Temporal repeat the task for ever.
 */
export function parsedInput<Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, ISSUES_SHOWN)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw ApplicationFailure.nonRetryable(
    `the workflow cannot read its input: ${issues.join('; ')}`,
    'ERR_WORKFLOW_INPUT_INVALID',
  );
}
