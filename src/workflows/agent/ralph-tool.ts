import {
  parseSwarmPlan,
  ralphCallSchema,
  shortLine,
  SwarmPlanInvalidError,
  MOST_SUB_AGENTS,
  type StallObservation,
  type ToolCallSummary,
} from '../../domain/index.js';
import { carryOutPlan } from './swarm-tool.js';
import { answerCall, parseArguments, type TaskCaller } from './task-tool.js';

const LINE_LIMIT = 200;

/**
 * Carries out one call of `ralph`: the open stories of a PRD as the subtasks of a swarm. What they change is a part of the caller's own
 * work, and is proven with it. Every call gets an answer.
 */
export async function runRalphCall(
  caller: TaskCaller,
  call: ToolCallSummary,
): Promise<StallObservation> {
  const { session } = caller;
  const parsed = parseArguments(ralphCallSchema, call);
  if ('problem' in parsed) return refuse(caller, call, parsed.problem);
  const { definitions } = session.profile;
  const prd = await session.steps.run('readPrd', {
    summary: `the stories of ${shortLine(parsed.prd_path, LINE_LIMIT)}`,
    args: {
      workspace: session.input.workspace,
      path: parsed.prd_path,
      ...(definitions === undefined ? {} : { definitions }),
    },
  });
  if ('problem' in prd) return refuse(caller, call, prd.problem ?? '');
  const { title, parts } = prd;
  const open = parts.filter(({ passes }) => !passes);
  if (parsed.action === 'status' || open.length === 0) {
    const lines = parts.map(
      ({ id, passes, instruction }) =>
        `${passes ? 'passed' : 'open  '} ${shortLine(`${id}: ${instruction.split('\n')[0] ?? ''}`, LINE_LIMIT)}`,
    );
    const text = [title, `${parts.length - open.length} of ${parts.length} passed`, ...lines];
    return answerCall(session, call, { isError: false, answer: { text: text.join('\n') } });
  }
  const ids = new Set(open.map(({ id }) => id));
  const document = {
    task: title,
    subtasks: open.map(({ id, instruction, dependsOn, priority }) => ({
      id,
      instruction,
      depends_on: dependsOn.filter((before) => ids.has(before)),
      priority,
    })),
  };
  try {
    const rules = { file: 'the PRD', maxSubagents: MOST_SUB_AGENTS.count };
    return await carryOutPlan(caller, call, parseSwarmPlan(document, rules));
  } catch (error) {
    if (!(error instanceof SwarmPlanInvalidError)) throw error;
    return refuse(caller, call, error.message);
  }
}

function refuse(caller: TaskCaller, call: ToolCallSummary, why: string): StallObservation {
  return answerCall(caller.session, call, { isError: true, answer: { text: `ralph: ${why}` } });
}
