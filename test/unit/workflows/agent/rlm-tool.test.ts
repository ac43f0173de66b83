import { describe, expect, it } from 'vitest';
import { parseRlmCall } from '../../../../src/workflows/agent/rlm-tool.js';
import { rlmTaskInput } from '../../../../src/workflows/agent/rlm-task-input.js';
import { fakeCall } from '../../../support/fake-activities.js';

const call = (name: string, args: string | undefined) =>
  parseRlmCall(
    fakeCall(name, { execution: 'workflow', ...(args === undefined ? {} : { arguments: args }) }),
  );

describe('a question of an agent', () => {
  it('is asked over files, a text, or its own conversation', () => {
    expect(call('rlm', '{"question":"Q","files":["a.log"]}')).toEqual({
      question: 'Q',
      source: { kind: 'files', files: ['a.log'] },
      tools: [],
    });
    expect(call('rlm', '{"question":"Q","text":"T","tools":["grep"]}')).toEqual({
      question: 'Q',
      source: { kind: 'text', text: 'T' },
      tools: ['grep'],
    });
    expect(call('recall', '{"question":"Q"}')).toEqual({
      question: 'Q',
      source: { kind: 'conversation' },
      tools: [],
    });
    expect(rlmTaskInput).toBeTypeOf('function');
  });

  it.each([
    ['rlm', '{"question":"Q"}', 'name files'],
    ['rlm', '{"files":["a"]}', 'question'],
    ['recall', '{}', 'question'],
    ['recall', '{bad', 'not valid JSON'],
    ['rlm', undefined, 'too long'],
  ])('%s with %s is answered with what is wrong', (name, args, problem) => {
    expect(JSON.stringify(call(name, args))).toContain(problem);
  });
});
