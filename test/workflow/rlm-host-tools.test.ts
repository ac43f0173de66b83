import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { RlmInput } from '../../src/contracts/rlm.js';
import { fakeRef, fakeReply } from '../support/fake-activities.js';
import {
  endsOf,
  foundAnswer,
  replRequest,
  type RlmScript,
} from '../support/fake-rlm-activities.js';
import { RLM_INPUT, withQuestion } from '../support/rlm-workflow.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const timeSkipping = useTimeSkipping();
const FREE = { costMicroUsd: 0, tokens: 0, calls: 0 };
const WORKSPACE = { id: 'key/run/view', workdir: '.' };
const TOOLS: Partial<RlmInput> = { tools: { names: ['grep'], workspace: WORKSPACE } };
const call = (id: number, fields = {}) =>
  replRequest(id, { kind: 'tool', tool: 'grep', needed: FREE, ...fields });

/** A first cell that asks `requests`, as often as `waves` says; the second message ends it. */
function asking(requests: ReturnType<typeof replRequest>[], waves = 1): RlmScript {
  return {
    callModel: () => fakeReply({ finishReason: 'stop', calls: [], preview: '```js …' }),
    runCell: ({ what }, count) => {
      if (count <= waves) return { isDone: false, requests, output: null };
      return what.kind === 'settle' ? {} : { final: foundAnswer() };
    },
  };
}

describe('a call of a tool in a cell', () => {
  it('is carried out as a call of an agent that only reads, costs nothing, and is counted', async () => {
    const inputs: unknown[] = [];
    const script: RlmScript = {
      ...asking([call(0), call(1), replRequest(2)]),
      executeTool: (input) => {
        inputs.push(input);
        return input.conversation.digest === call(1).question.digest
          ? { isError: true, preview: 'no such file' }
          : {};
      },
    };
    const input = {
      ...TOOLS,
      options: { ...RLM_INPUT.options, budget: { costMicroUsd: null, tokens: 300_000, calls: 50 } },
    };
    await withQuestion(timeSkipping(), { script, input }, async ({ ended, fake }) => {
      const record = await ended();
      expect(inputs).toMatchObject(
        [0, 1].map((id) => ({
          workspace: WORKSPACE,
          conversation: call(id).question,
          callIndex: 0,
          isReadOnly: true,
        })),
      );
      expect(endsOf(fake.cells[1] ?? raise())).toEqual([
        { id: 0, ref: fakeRef(1001), isText: true },
        { id: 1, code: 'TOOL', message: 'no such file' },
        { id: 2, ref: fakeRef(301) },
      ]);
      expect(fake.cells[0]?.task.tools).toEqual(['grep']);
      expect(record.rlm).toMatchObject({ tools: ['grep'], end: { subQueries: 1, toolCalls: 2 } });
    });
  });

  it('that finds its folder gone is an error of the code, not the end of the question', async () => {
    const script: RlmScript = {
      ...asking([call(0)]),
      executeTool: () => {
        throw ApplicationFailure.nonRetryable('the files are gone', 'ERR_WORKSPACE_MISSING');
      },
    };
    await withQuestion(timeSkipping(), { script, input: TOOLS }, async ({ ended, fake }) => {
      expect((await ended()).status).toBe('passed');
      expect(endsOf(fake.cells[1] ?? raise())).toMatchObject([
        { id: 0, code: 'TOOL', message: expect.stringContaining('the files are gone') },
      ]);
    });
  });

  it('whose folder was gone when a question goes on is told of in its record', async () => {
    const note = 'tools of its code fail: the folder is not there';
    const script: RlmScript = { ...asking([call(0)]), ingest: () => ({ notes: [note] }) };
    await withQuestion(timeSkipping(), { script, input: TOOLS }, async ({ ended }) => {
      expect((await ended()).notes).toEqual([note]);
    });
    const again = { ...TOOLS, notes: [note] };
    await withQuestion(timeSkipping(), { script, input: again }, async ({ ended }) => {
      expect((await ended()).notes).toEqual([note]);
    });
  });

  it('is told of as not used where one call holds the whole input', async () => {
    const script: RlmScript = { ingest: () => ({ direct: fakeRef(80) }) };
    await withQuestion(timeSkipping(), { script, input: TOOLS }, async ({ ended, fake }) => {
      const { notes, rlm } = await ended();
      expect([rlm?.route, notes]).toEqual([
        'direct',
        ['tools were not used (grep): one call held the whole input; --no-direct answers by code'],
      ]);
      expect(fake.calls).not.toContain('executeTool');
    });
    await withQuestion(timeSkipping(), { script }, async ({ ended }) => {
      expect((await ended()).notes).toEqual([]);
    });
  });

  it('that was not passed is refused with the code that says so, and calls nothing', async () => {
    const refused = call(0, { problem: 'this code may not call grep', problemCode: 'DENIED' });
    await withQuestion(timeSkipping(), { script: asking([refused]) }, async ({ ended, fake }) => {
      const record = await ended();
      expect(endsOf(fake.cells[1] ?? raise())).toEqual([
        { id: 0, code: 'DENIED', message: 'this code may not call grep' },
      ]);
      expect(fake.calls).not.toContain('executeTool');
      expect(record.rlm?.end).toMatchObject({ subQueries: 0 });
    });
  });

  it('is one of at most 2,000 in a REPL', { timeout: 180_000 }, async () => {
    const wave = Array.from({ length: 200 }, (_, id) => call(id));
    await withQuestion(
      timeSkipping(),
      { script: asking(wave, 11), input: { ...TOOLS, parallel: 200 } },
      async ({ ended, fake }) => {
        const record = await ended();
        expect(record.rlm?.end?.toolCalls).toBe(2000);
        expect(
          endsOf(fake.cells[11] ?? raise()).map((end) => 'code' in end && [end.code, end.message]),
        ).toEqual(Array(200).fill(['BUDGET', 'at most 2000 calls of tools in one REPL']));
      },
    );
  });
});

function raise(): never {
  throw new Error('there was no such cell');
}
