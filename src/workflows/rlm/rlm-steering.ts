import { answerRequestSchema, RUN_UPDATES, type RlmInput } from '../../contracts/index.js';
import { refuse, RunSteering, takeWordsOfChildren } from '../lib/run-steering.js';
import type { RunState } from '../lib/run-state.js';
import type { SubtaskAgents } from '../swarm/subtask-agents.js';
import { ANSWER_STORY } from './rlm-record.js';

/** Takes what people and the agent ask while a question is open. Handlers exist before the first await. */
export function takeRlmRequests(state: RunState<RlmInput>, agents: SubtaskAgents): void {
  const steering = new RunSteering(state, {
    desk: agents.desk,
    setPaused: (reason, at) => agents.setPaused(reason, at),
    tryNow: () => agents.tryNow(),
  });
  steering.takePauses();
  steering.take({
    update: RUN_UPDATES.message,
    schema: answerRequestSchema,
    check: () => {
      const { rlm } = state.record;
      if (rlm?.route !== 'repl')
        refuse('ERR_STORY_NOT_RUNNING', 'no agent works on it: nobody would read it');
    },
    run: async ({ text }) => {
      const isRead = await agents.message(ANSWER_STORY, text);
      return isRead ? 'told before its next model call' : 'it ended before it could be told';
    },
  });
  takeWordsOfChildren(state, agents);
  steering.watchClock().catch(() => undefined);
}
