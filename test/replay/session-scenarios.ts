import { setTimeout as delay } from 'node:timers/promises';
import { fakeRef, fakeReply } from '../support/fake-activities.js';
import type { SessionScript } from '../support/fake-session-activities.js';
import { openingSession } from '../support/session-workflow.js';

/** One path through the workflow of a session; its name is `session__` and the session's id. */
export interface SessionScenario {
  readonly kind: 'session';
  readonly script: SessionScript;
  readonly input?: never;
  readonly opening: ReturnType<typeof openingSession>;
  /** What is said, one after the other, while the first is answered. */
  readonly prompts: readonly string[];
}

/** Each answer is a link of its own, and the first takes long enough that all is said meanwhile. */
const answers: SessionScript = {
  callModel: async ({ depth }, count) => {
    if (count === 1) await delay(1500);
    return fakeReply({ finishReason: 'stop', head: fakeRef(100 + count), depth: depth + 1 });
  },
};

/** Every path of a session that has a recorded history. */
export const sessionScenarios: Readonly<Record<string, SessionScenario>> = {
  session__chat: {
    kind: 'session',
    script: answers,
    opening: openingSession({}, { runId: 'chat' }),
    prompts: ['a', 'b', 'a'],
  },
  session__files: {
    kind: 'session',
    script: answers,
    opening: openingSession({ access: 'write', agent: 'build' }, { runId: 'files' }),
    prompts: ['a', 'b'],
  },
};
