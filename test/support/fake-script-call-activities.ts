import type { ScriptActivities } from '../../src/activities/script/script-activities.js';
import { fakeRef } from './fake-activities.js';
import { agentCall, returns, SCRIPT_TASK, waits } from './played-script.js';

/** Activities of calls of `script`: two agents that write and one that reads, a pause, a refusal, and the end. */
export function fakeScriptCallActivities(): Pick<
  ScriptActivities,
  'prepareScript' | 'stepScript' | 'answerScript'
> {
  const first = [agentCall(0, { touches: ['a/**'] }), agentCall(1, { agent: 'explore' })];
  const second = [
    agentCall(2, { touches: ['a/b'] }),
    { id: 3, kind: 'sleep' as const, milliseconds: 20 },
    { id: 4, kind: 'ask' as const, question: 'Which?', options: [], otherwise: { value: 'null' } },
  ];
  let ended = 0;
  return {
    prepareScript: async () => ({ task: SCRIPT_TASK }),
    stepScript: async ({ journal, ends }) => {
      ended += ends.length;
      if (journal === null) return waits(first, { lines: [{ level: 'phase', text: 'Look' }] });
      if (ended === 2 && ends.length > 0) return waits(second);
      return ended < 5 ? waits() : returns();
    },
    answerScript: async () => ({ ref: fakeRef(62), preview: 'it returned' }),
  };
}
