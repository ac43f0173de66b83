import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { describe, expect, it, vi } from 'vitest';
import { MESSAGE_DESCRIPTIONS } from '../../../../src/contracts/messages.js';
import { answerQuery, takeSignal, takeUpdate } from '../../../../src/workflows/lib/handlers.js';
import { playedWorkflow } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});
const handlerOf = (name: string) => playedWorkflow.handlers.get(name);

describe('handlers', () => {
  it('carry the description that people see of a message', () => {
    const [[name, description] = ['', '']] = Object.entries(MESSAGE_DESCRIPTIONS);
    expect(description).not.toBe('');
    const answer = (): number => 7;
    answerQuery(defineQuery<number>(name), answer);
    expect(handlerOf(name)).toEqual({ take: answer, options: { description } });
  });

  it('take what nobody described all the same', () => {
    const take = (): void => undefined;
    takeSignal(defineSignal('nameless'), take);
    expect(handlerOf('nameless')).toEqual({ take, options: {} });
  });

  it('refuse an update before it is part of the history', () => {
    const validate = (input: unknown): void => {
      if (input !== 1) throw new Error('refused');
    };
    const take = async (): Promise<string> => 'done';
    takeUpdate(defineUpdate<string, [unknown]>('asked'), take, validate);
    expect(handlerOf('asked')).toEqual({ take, options: { validator: validate } });
  });
});
