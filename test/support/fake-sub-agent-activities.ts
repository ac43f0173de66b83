import type { SubAgentActivities } from '../../src/activities/sub-agents/sub-agent-activities.js';
import { fakeRef } from './fake-activities.js';

/** Activities of agents that start others: every fork comes back with one file. */
export function fakeSubAgentActivities(): SubAgentActivities {
  return {
    beginTask: async () => ({
      prompt: fakeRef(9),
      frozen: { prompt: fakeRef(6), toolset: fakeRef(7) },
    }),
    takeAnswer: async () => ({ ref: fakeRef(60), preview: 'I did it.' }),
    forkLane: async ({ fork }) => ({ base: `start of ${fork.id}` }),
    mergeFork: async () => ({ kind: 'landed', files: ['part.txt'] }),
    joinTasks: async () => ({ ref: fakeRef(61), preview: 'all of it' }),
    runHooks: async () => ({ runs: [] }),
    readPrd: async () => ({ problem: 'there is no such file' }),
  };
}
