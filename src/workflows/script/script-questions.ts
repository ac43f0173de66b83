import { condition } from '@temporalio/workflow';
import { answerRequestSchema, RUN_UPDATES } from '../../contracts/index.js';
import { shortLine } from '../../domain/index.js';
import { refuse, type RunSteering } from '../lib/run-steering.js';
import type { SwarmState } from '../swarm/swarm-state.js';

const LINE_LIMIT = 500;
const LONGEST_ANSWER = 4000;

/** Questions of a script to the person who owns the run, by the names under which they are answered: `q1`, `q2`… */
export class ScriptQuestions {
  private readonly state: SwarmState;
  /** The answers; undefined while there is none. */
  private readonly open = new Map<string, string | undefined>();
  private asked = 0;

  constructor(state: SwarmState) {
    this.state = state;
  }

  /** Takes answers. Set before the first await. */
  takeAnswers(steering: Pick<RunSteering<SwarmState['input']>, 'take'>): void {
    steering.take({
      update: RUN_UPDATES.answer,
      schema: answerRequestSchema,
      check: ({ story }) => {
        if (!this.open.has(story))
          refuse('ERR_STORY_NOT_RUNNING', `nothing is asked under the name ${story}`);
      },
      run: ({ story, text }) => {
        this.open.set(story, text.slice(0, LONGEST_ANSWER));
        return `${story} is answered`;
      },
    });
  }

  /** Asks, and waits as the rules of the run allow; undefined when nobody answers. */
  async ask({
    question,
    options,
  }: {
    readonly question: string;
    readonly options: readonly string[];
  }): Promise<string | undefined> {
    const { state } = this;
    this.asked += 1;
    const id = `q${this.asked}`;
    const choices = options.length === 0 ? '' : ` (${options.join(' | ')})`;
    const line = shortLine(`${question}${choices}`, LINE_LIMIT);
    const waitMs = state.input.options.questions?.waitMs ?? 0;
    state.events.add('question.ask', { story: id, text: `${id}: ${line}`, data: { question } });
    if (waitMs === 0) return undefined;
    this.open.set(id, undefined);
    state.reportWaiting(id, { reason: `asks: ${line}`, until: null });
    let answer: string | undefined;
    try {
      await condition(() => this.open.get(id) !== undefined, waitMs);
      answer = this.open.get(id);
    } finally {
      // also where the script has ended meanwhile: nobody waits for it any more
      this.open.delete(id);
      state.reportWaiting(id, null);
    }
    if (answer !== undefined)
      state.events.add('question.answer', { story: id, text: shortLine(answer, LINE_LIMIT) });
    return answer;
  }
}
