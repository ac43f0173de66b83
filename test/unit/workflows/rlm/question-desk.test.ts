import { describe, expect, it } from 'vitest';
import type { StepCall } from '../../../../src/workflows/lib/step.js';
import { QuestionDesk } from '../../../../src/workflows/rlm/question-desk.js';
import type { ReplOwner } from '../../../../src/workflows/rlm/repl-owner.js';
import type { SubRepls } from '../../../../src/workflows/rlm/sub-repls.js';
import { fakeRef, fakeResult } from '../../../support/fake-activities.js';
import { replRequest } from '../../../support/fake-rlm-activities.js';

const FREE = { costMicroUsd: 0, tokens: 0, calls: 0 };
const request = (id: number) => replRequest(id, { kind: 'tool', tool: 'grep', needed: FREE });

/** A desk whose calls of tools end when they are told to. */
function bench(definitions?: ReturnType<typeof fakeRef>) {
  const calls: StepCall<'executeTool'>[] = [];
  const ends: (() => void)[] = [];
  const events: string[] = [];
  const hooks = [
    { event: 'pre_tool', command: 'x', outcome: 'passed', said: '', durationMs: 1 } as const,
  ];
  const owner = {
    input: { workspace: { id: 'lane', workdir: '.' } },
    profile: definitions === undefined ? {} : { definitions },
    state: {},
    scope: 'scope',
    events: { add: (type: string) => events.push(type) },
    spender: { leaseLeft: () => null, isPaused: false },
    nextStep: () => 7,
    steps: {
      run: (_name: string, call: StepCall<'executeTool'>) => {
        calls.push(call);
        return new Promise((resolve) => {
          ends.push(() => resolve(fakeResult({ hooks })));
        });
      },
    },
  };
  const desk = new QuestionDesk(
    owner as unknown as ReplOwner,
    { parallel: 4 } as never,
    {} as SubRepls,
  );
  return { desk, calls, ends, events };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('calls of tools by the code of a REPL', () => {
  it('are made side by side as local steps', async () => {
    const { desk, calls, ends } = bench();
    const asked = desk.ask([request(0), request(1)]);
    await settled();
    expect(calls.map(({ policy, extraMs }) => [policy, extraMs])).toEqual([
      ['localTool', undefined],
      ['localTool', undefined],
    ]);
    for (const end of ends) end();
    expect((await asked).map(({ id }) => id)).toEqual([0, 1]);
  });

  it('are made one after the other, with time for commands of people, where there may be some', async () => {
    const { desk, calls, ends, events } = bench(fakeRef(3));
    const asked = desk.ask([request(0), request(1)]);
    await settled();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ extraMs: 20 * 60_000, args: { definitions: fakeRef(3) } });
    expect(calls[0]?.policy).toBeUndefined();
    ends[0]?.();
    await settled();
    expect(calls).toHaveLength(2);
    ends[1]?.();
    expect((await asked).map(({ id }) => id)).toEqual([0, 1]);
    expect(events).toEqual(['hook.end', 'hook.end']);
  });
});
