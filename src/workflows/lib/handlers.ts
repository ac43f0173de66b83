import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
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
