import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import { MESSAGE_DESCRIPTIONS } from '../../contracts/index.js';

/** Answers a query; it may be asked at any time, also of an ended workflow. */
export function answerQuery<Answer>(
  definition: QueryDefinition<Answer>,
  answer: () => Answer,
): void {
  setHandler(definition, answer, described(definition.name));
}

/** Takes a signal. Set before the first await, so that one that comes with the start is not lost. */
export function takeSignal<Args extends unknown[]>(
  definition: SignalDefinition<Args>,
  take: (...args: Args) => void,
): void {
  setHandler<void, Args, SignalDefinition<Args>>(definition, take, described(definition.name));
}

/** Takes an update; `validate` throws what refuses it before it is part of the history. */
export function takeUpdate<Answer>(
  definition: UpdateDefinition<Answer, [unknown]>,
  take: (input: unknown) => Promise<Answer>,
  validate: (input: unknown) => void,
): void {
  setHandler<Answer, [unknown], UpdateDefinition<Answer, [unknown]>>(definition, take, {
    ...described(definition.name),
    validator: validate,
  });
}

function described(name: string): { description?: string } {
  const description = MESSAGE_DESCRIPTIONS[name];
  return description === undefined ? {} : { description };
}

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
