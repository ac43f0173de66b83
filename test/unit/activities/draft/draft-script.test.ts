import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDraftActivities } from '../../../../src/activities/draft/draft-activities.js';
import { readScriptDraft } from '../../../../src/activities/draft/draft-script.js';
import { checkLines, joinParts, section } from '../../../../src/activities/draft/prompt-parts.js';
import {
  SCRIPT_SYSTEM_PROMPT,
  scriptPrompt,
  scriptRepairPrompt,
} from '../../../../src/activities/draft/script-prompt.js';
import type { DraftScriptInput } from '../../../../src/contracts/draft-script.js';
import type { DraftReply } from '../../../../src/activities/model/draft.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { createStepJournal } from '../../../../src/platform/storage/step-journal.js';
import type { ModelRequest } from '../../../../src/providers/provider.js';
import type { Providers } from '../../../../src/providers/registry.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const META = `export const meta = { name: 'one', description: 'does it' };\n`;
const input: DraftScriptInput = {
  model: { provider: 'fake', model: 'one' },
  task: 'Look at every file.',
  repository: { files: ['src/'], readme: '# demo', checks: [{ name: 'test', command: 'npm t' }] },
  profiles: ['reviewer'],
};

describe('what the model is told', () => {
  it('has an example that can run', () => {
    const example = SCRIPT_SYSTEM_PROMPT.slice(
      SCRIPT_SYSTEM_PROMPT.indexOf('export const meta'),
      SCRIPT_SYSTEM_PROMPT.indexOf('What there is'),
    );
    expect(readScriptDraft(example).problems).toEqual([]);
  });

  it('names task, agents, files and checks, and leaves out what is not there', () => {
    expect(scriptPrompt(input)).toBe(
      'The task:\nLook at every file.\n\nAgents that may be named as profile:\nreviewer\n\nFiles at the top of the repository:\nsrc/\n\nChecks of the repository, which run on the merged result by themselves:\n- test: npm t\n\nBeginning of its README:\n# demo',
    );
    const bare = { ...input, profiles: [], repository: { files: [], readme: '', checks: [] } };
    expect(scriptPrompt(bare)).toBe('The task:\nLook at every file.');
    expect(scriptRepairPrompt(['line 1, column 2: no'])).toContain('\n- line 1, column 2: no\n');
  });
});

describe('parts of a prompt', () => {
  it('are left out where they say nothing', () => {
    const checks = checkLines([{ name: 'test', command: 'npm t' }]);
    expect(joinParts([section('A', ' a\n'), section('B', ' '), section('C', checks)])).toBe(
      'A:\na\n\nC:\n- test: npm t',
    );
  });
});

describe('a script in an answer', () => {
  it('is taken with a fence and sentences around it, and as it is', () => {
    const body = `${META}return await agent('x');`;
    const text = `${body}\n`;
    for (const answer of [body, `\n${body}\n\n`, `Here:\n\`\`\`js\n${body}\n\`\`\`\nDone.`])
      expect(readScriptDraft(answer)).toEqual({ text, problems: [] });
  });

  it('keeps a template with a fence in it', () => {
    const body = `${META}return await agent('put it between \`\`\`');`;
    expect(readScriptDraft(body).text).toBe(`${body}\n`);
  });

  it('is told every problem with its place', () => {
    expect(readScriptDraft(`${META}fetch('x'); require('fs');`)).toEqual({
      text: null,
      problems: [
        'line 2, column 1: unknown name fetch: a script has no network: let an agent look',
        'line 2, column 13: unknown name require: a script has no modules: an agent can read and run things',
      ],
    });
    expect(readScriptDraft('I cannot do that.').text).toBeNull();
  });

  it('is never more than a result, whatever the model says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (answer) => {
        const { text, problems } = readScriptDraft(answer);
        expect(text === null).toBe(problems.length > 0);
      }),
    );
  });
});

describe('draftScript', () => {
  it('asks once and again with the problems, and never pays a settled call twice', async () => {
    const requests: ModelRequest[] = [];
    const answers = [`${META}fetch('x');`, `${META}return 1;`];
    const providers: Providers = {
      names: ['fake'],
      resolve: () => ({
        contextWindow: 1000,
        costOf: (_usage, reported) => reported,
        provider: {
          stream: (request) => {
            requests.push(request);
            return Promise.resolve({
              message: { role: 'assistant', content: answers.shift() ?? '', toolCalls: [] },
              usage: { ...ZERO_USAGE, inputTokens: 10, outputTokens: 5 },
              isUsageEstimated: false,
              finishReason: 'stop',
              providerCostMicroUsd: 42,
            });
          },
        },
      }),
    };
    const journal = createStepJournal(join(await temporaryFolder(), 'journal'));
    const { draftScript } = createDraftActivities({ journal, providers });
    const ask = async (step: number, previous: Parameters<typeof draftScript>[0]['previous']) =>
      (await new MockActivityEnvironment().run(() =>
        draftScript({ key: { scope: 'w', step, index: 0 }, input, previous }),
      )) as DraftReply;
    const first = await ask(1, null);
    expect(first).toMatchObject({ text: null, answer: `${META}fetch('x');`, costMicroUsd: 42 });
    expect(await ask(1, null)).toEqual(first);
    const second = await ask(2, { answer: first.answer, problems: first.problems });
    expect(second).toMatchObject({ text: `${META}return 1;\n`, problems: [], answer: '' });
    expect(requests).toHaveLength(2);
    expect(requests[1]?.messages.at(-1)?.content).toContain('unknown name fetch');
  });
});
