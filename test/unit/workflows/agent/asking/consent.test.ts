import { describe, expect, it } from 'vitest';
import { MOST_DENIALS } from '../../../../../src/domain/agent/denial.js';
import {
  askConsent,
  noteDenial,
  noteRules,
} from '../../../../../src/workflows/agent/asking/consent.js';
import { askForCall } from '../../../../../src/workflows/agent/asking/question.js';
import { runRalphCall } from '../../../../../src/workflows/agent/ralph-tool.js';
import { Turns } from '../../../../../src/workflows/lib/scope.js';
import type { EventFacts } from '../../../../../src/workflows/lib/event-buffer.js';
import type { AgentSession } from '../../../../../src/workflows/agent/session.js';
import type { TaskCaller } from '../../../../../src/workflows/agent/task-tool.js';
import { fakeCall, fakeResult } from '../../../../support/fake-activities.js';

interface Fields {
  readonly questions?: { readonly waitMs: number; readonly unattended: 'park' | 'deny' };
  readonly parked?: object;
  readonly prd?: object;
  readonly granted?: readonly string[];
}

function session({ questions, parked, prd, granted }: Fields = {}) {
  const said: { text?: string }[] = [];
  const events: string[] = [];
  const facts: EventFacts[] = [];
  const made = {
    input: { questions, granted, workspace: { id: 'l', workdir: '.' } },
    profile: { tools: ['task'] },
    state: { spending: { turns: 1 } } as AgentSession['state'],
    consents: new Turns(),
    parked,
    events: {
      add: (type: string, told: EventFacts = {}) => {
        events.push(type);
        facts.push(told);
      },
    },
    say: (message: { text?: string }) => said.push(message),
    do: () => undefined,
    steps: { run: () => Promise.resolve(prd) },
  };
  return { session: made as unknown as AgentSession, said, events, facts };
}

const CALL = fakeCall('bash', { title: 'bash: x', digest: 'd1' });
const NOTE = { effect: 'ask', rule: 'bash in a.toml', call: 'bash {}' } as const;

describe('a yes of a person', () => {
  it('cannot be asked for where nobody is, for what nobody can see whole, nor beside another question', async () => {
    expect(await askConsent(session().session, CALL, NOTE)).toBe(
      'bash: not run, it needs the yes of a person (rule bash in a.toml), and nobody can be asked here.',
    );
    const questions = { waitMs: 0, unattended: 'deny' } as const;
    const long = { effect: 'ask', rule: 'r' } as const;
    expect(await askConsent(session({ questions }).session, CALL, long)).toContain(
      'too long for a person',
    );
    const open = session({ questions, parked: { question: 'q', options: [] } });
    expect(await askConsent(open.session, CALL, NOTE)).toContain('another question is open');
  });

  it('that nobody gives sets the task aside once, or refuses the call', async () => {
    const parking = session({ questions: { waitMs: 0, unattended: 'park' } });
    const both = await Promise.all([
      askConsent(parking.session, CALL, NOTE),
      askConsent(parking.session, CALL, NOTE),
    ]);
    expect(both[0]).toContain('the task is set aside');
    expect(both[1]).toContain('another question is open');
    expect(parking.session.parked?.question).toContain('May this be run? bash {}');
    expect(parking.events).toEqual(['permission.ask', 'question.park']);
    const denying = session({ questions: { waitMs: 0, unattended: 'deny' } });
    expect(await askConsent(denying.session, CALL, NOTE)).toContain('nobody answered');
    expect(denying.events).toEqual(['permission.ask', 'permission.answer']);
    expect(denying.facts.at(-1)).toEqual({
      text: 'bash: x: nobody answered',
      data: { tool: 'bash', call: 'd1', is_allowed: false },
    });
    // whoever looks on finds the question that is over by its call
    for (const { facts } of [parking, denying])
      for (const { data } of facts) expect(data).toMatchObject({ call: 'd1' });
  });

  it('holds for the same call of a later attempt, and for no other', async () => {
    const questions = { waitMs: 0, unattended: 'park' } as const;
    const first = session({ questions });
    await askConsent(first.session, CALL, NOTE);
    const granted = first.session.parked?.grants ?? [];
    expect(granted).toHaveLength(1);
    const later = session({ questions, granted });
    expect(await askConsent(later.session, CALL, NOTE)).toBeUndefined();
    expect(later.events).toEqual(['permission.answer']);
    const other = fakeCall('bash', { title: 'bash: y', digest: 'd2' });
    expect(await askConsent(later.session, other, NOTE)).toContain('set aside');
  });

  it('is not asked for a second question beside one that is open', async () => {
    const questions = { waitMs: 1, unattended: 'park' } as const;
    const open = session({ questions, parked: { question: 'q', options: [] } });
    const asked = { id: 'a', question: 'Which?', options: [] };
    expect(await askForCall(open.session, CALL, asked)).toBeUndefined();
    expect([open.events, open.session.parked]).toEqual([[], { question: 'q', options: [] }]);
  });
});

describe('what rules refused', () => {
  it('is kept once each, and only so many', () => {
    const { session: own } = session();
    for (let at = 0; at < 50; at += 1) {
      noteDenial(own, `call ${at}`, { effect: 'deny', rule: 'r' });
      noteDenial(own, `call ${at}`, { effect: 'deny', rule: 'r' });
    }
    expect(own.state.denials).toHaveLength(MOST_DENIALS);
    noteRules(own, CALL, fakeResult({}));
    expect(own.state.denials).toHaveLength(MOST_DENIALS);
  });
});

describe('a call of ralph', () => {
  const call = (args: object) =>
    fakeCall('ralph', { execution: 'workflow', arguments: JSON.stringify(args) });
  const caller = (made: ReturnType<typeof session>): TaskCaller =>
    ({ session: made.session, tasks: { left: 0 } }) as unknown as TaskCaller;
  const parts = [
    { id: 'US-001', instruction: 'One\nmore', dependsOn: [], priority: 1, passes: true },
    { id: 'US-002', instruction: 'Two', dependsOn: ['US-001'], priority: 1, passes: false },
  ];

  it('says what is open, and what is wrong', async () => {
    const status = session({ prd: { title: 'p: f', parts } });
    await runRalphCall(caller(status), call({ action: 'status' }));
    expect(status.said[0]?.text).toBe(
      'p: f\n1 of 2 passed\npassed US-001: One\nopen   US-002: Two',
    );
    const broken = session({ prd: { problem: 'no such file' } });
    await runRalphCall(caller(broken), call({ action: 'run' }));
    expect(broken.said[0]?.text).toBe('ralph: no such file');
    const bad = session();
    await runRalphCall(caller(bad), call({ action: 'go' }));
    expect(bad.said[0]?.text).toContain('ralph: ');
  });

  it('starts nobody where no agent may be started', async () => {
    const made = session({ prd: { title: 'p', parts } });
    await runRalphCall(caller(made), call({ action: 'run' }));
    expect(made.said[0]?.text).toContain('ralph: at most');
  });
});
