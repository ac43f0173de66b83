import { condition, patched } from '@temporalio/workflow';
import { answerRequestSchema, RUN_UPDATES } from '../../contracts/index.js';
import { shortLine } from '../../domain/index.js';
import { refuse, refuseOther, type RunSteering } from '../lib/run-steering.js';
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
      check: ({ story, call }) => {
        if (!this.open.has(story))
          refuse('ERR_STORY_NOT_RUNNING', `nothing is asked under the name ${story}`);
        if (call !== undefined && call !== story) refuseOther(story);
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
    const about = { story: id, data: { call: id } };
    state.events.add('question.ask', {
      story: id,
      text: `${id}: ${line}`,
      data: { question, ...about.data },
    });
    const answer = waitMs === 0 ? undefined : await this.wait(id, { line, waitMs });
    if (answer !== undefined)
      state.events.add('question.answer', { ...about, text: shortLine(answer, LINE_LIMIT) });
    // Histories of before 'closed-asks' were silent here, and need not have written anything next.
    else if (patched('closed-asks'))
      state.events.add('question.default', {
        ...about,
        text: shortLine(`${question} → nobody answered, the script decides`, LINE_LIMIT),
      });
    return answer;
  }

  private async wait(
    id: string,
    { line, waitMs }: { readonly line: string; readonly waitMs: number },
  ): Promise<string | undefined> {
    const { state, open } = this;
    open.set(id, undefined);
    state.reportWaiting(id, { reason: `asks: ${line}`, until: null });
    try {
      await condition(() => open.get(id) !== undefined, waitMs);
      return open.get(id);
    } finally {
      // also where the script has ended meanwhile: nobody waits for it any more
      open.delete(id);
      state.reportWaiting(id, null);
    }
  }
}
