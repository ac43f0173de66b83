import { answerRequestSchema, RUN_UPDATES, storyRequestSchema } from '../../contracts/index.js';
import { isSatisfied, type StoryRecord } from '../../domain/index.js';
import { reopenStory } from '../lib/ledger.js';
import { refuse, RunSteering, takeWordsOfChildren } from '../lib/run-steering.js';
import type { Coordinator } from './coordinator.js';
import type { SwarmState } from './swarm-state.js';
import type { ScriptQuestions } from '../script/script-questions.js';

/** Takes what people and agents ask of the swarm while it is open. Handlers exist before the first await. */
export function takeSwarmRequests(
  state: SwarmState,
  swarm: Coordinator,
  questions: ScriptQuestions,
): void {
  const { agents } = swarm;
  const steering = new RunSteering(state, {
    desk: agents.desk,
    setPaused: (reason, at) => agents.setPaused(reason, at),
    tryNow: () => agents.tryNow(),
  });
  steering.takePauses();
  takeSubtaskRequests(state, swarm, steering);
  if (state.input.script !== undefined) questions.takeAnswers(steering);
  takeWordsOfChildren(state, agents);
  steering.watchClock().catch(() => undefined);
}

function takeSubtaskRequests(
  state: SwarmState,
  swarm: Coordinator,
  steering: Pick<RunSteering<SwarmState['input']>, 'take'>,
): void {
  const known = (id: string): StoryRecord =>
    state.entry(id) ?? refuse('ERR_STORY_UNKNOWN', `the swarm has no subtask ${id}`);
  steering.take({
    update: RUN_UPDATES.skip,
    schema: storyRequestSchema,
    check: ({ story }) => {
      const { status } = known(story);
      if (status !== 'running' && status !== 'pending')
        refuse(
          'ERR_STORY_DONE',
          `${story} is ${status.replaceAll('_', ' ')} and cannot be stopped`,
        );
    },
    run: ({ story }) => swarm.stop(known(story)),
  });
  steering.take({
    update: RUN_UPDATES.retry,
    schema: storyRequestSchema,
    check: ({ story }) => {
      const { status } = known(story);
      if (state.input.script !== undefined)
        refuse('ERR_REQUEST_INVALID', 'a script decides by itself what is tried again');
      if (isSatisfied(status))
        refuse('ERR_STORY_DONE', `${story} is done and cannot be tried again`);
      if (status === 'running' || status === 'pending')
        refuse('ERR_STORY_OPEN', `${story} is ${status} already`);
      if (!swarm.isWorking)
        refuse(
          'ERR_REQUEST_INVALID',
          'the subtasks have ended, and the result is being joined: wait for the end of the swarm',
        );
    },
    run: ({ story }) => {
      state.record = reopenStory(state.record, story);
      return `${story} is open again`;
    },
  });
  steering.take({
    update: RUN_UPDATES.message,
    schema: answerRequestSchema,
    check: ({ story }) => {
      const { status } = known(story);
      if (status !== 'running')
        refuse(
          'ERR_STORY_NOT_RUNNING',
          `${story} is ${status.replaceAll('_', ' ')}: nobody would read it`,
        );
    },
    run: async ({ story, text }) => {
      const isRead = await swarm.agents.message(story, text);
      return isRead
        ? `${story} is told before its next model call`
        : `${story} ended before it could be told`;
    },
  });
}
