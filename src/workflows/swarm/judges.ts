import { CancellationScope } from '@temporalio/workflow';
import { taskProfile } from '../../contracts/index.js';
import { frozenInto, shortLine, taskVerdict, type Judgement } from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { stopIfCancelled, workflowScope } from '../lib/scope.js';
import type { Coordinator } from './coordinator.js';
import type { SwarmState } from './swarm-state.js';

const REASON_LIMIT = 500;

/** Asks as many judges as were wanted about the merged result, side by side; true when more than half say that it is done. */
export async function askJudges(state: SwarmState, swarm: Coordinator): Promise<boolean> {
  const { verify, edition } = state.input;
  const numbers = Array.from({ length: verify }, (_, index) => index + 1);
  const judgements = await Promise.all(numbers.map((number) => askSafely(state, swarm, number)));
  // a judge that was cancelled with the swarm has said nothing
  if (edition >= 2) stopIfCancelled();
  state.set({ judgements });
  const passed = judgements.filter(({ verdict }) => verdict === 'pass').length;
  state.events.add('run.note', { text: `${passed} of ${verify} judges say that it is done` });
  return passed * 2 > verify;
}

/** A judge that cannot judge gives no verdict: the others do, and what was made stays. */
async function askSafely(
  state: SwarmState,
  swarm: Coordinator,
  number: number,
): Promise<Judgement> {
  try {
    return await askJudge(state, swarm, number);
  } catch (error) {
    if (state.input.edition < 2) throw error;
    const { message } = failureFacts(error);
    if (!CancellationScope.current().consideredCancelled)
      state.events.add('run.note', { text: `judge ${number} gave no verdict: ${message}` });
    return { verdict: 'none', reason: shortLine(message, REASON_LIMIT) };
  }
}

async function askJudge(state: SwarmState, swarm: Coordinator, number: number): Promise<Judgement> {
  const { input, record } = state;
  const { task, branch, author, setup, hasFiles, options } = input;
  const id = `judge-${number}`;
  const lane = hasFiles ? swarm.lanes.first.lane : null;
  const { prompt, frozen } = await state.steps.run('beginJudge', {
    who: id,
    summary: `${id} · what it is asked`,
    args: {
      task,
      branch,
      author,
      setup,
      lane,
      base: record.baseCommit,
      head: record.headCommit,
      answer: record.swarm?.answer?.ref ?? null,
    },
  });
  const profile = taskProfile(hasFiles ? 'explore' : 'answer', options.maxTurns);
  const { result } = await swarm.agents.run({
    id,
    title: 'judges the result',
    place: `${state.round}`,
    attempt: 1,
    profile: frozenInto(profile, frozen),
    prompt,
    workspace: lane,
    basis: `${workflowScope()} ${record.headCommit}`,
    count: (spending) => state.addOverhead(spending),
  });
  return result.outcome === 'done'
    ? taskVerdict(result.summary)
    : { verdict: 'none', reason: result.reason };
}
