import { workflowScope } from '../../lib/scope.js';
import {
  scriptCallSchema,
  shortLine,
  type ScriptCallArguments,
  type ScriptTask,
  type StallObservation,
  type ToolCallSummary,
} from '../../../domain/index.js';
import { ScriptCall } from './script-call.js';
import {
  answerCall,
  beginCall,
  limitRefusal,
  parseArguments,
  type TaskCaller,
} from '../task-tool.js';

const TITLE_LIMIT = 120;

/**
 * Carries out one call of `script`: a program over agents. Its state is that of its journal, its agents are those of the caller. What is wrong
 * with it is said before anybody is started. Every call gets an answer.
 */
export async function runScriptCall(
  caller: TaskCaller,
  call: ToolCallSummary,
): Promise<StallObservation> {
  const { session, tasks } = caller;
  const parsed = parseArguments(scriptCallSchema, call);
  if ('problem' in parsed) return refuse(caller, call, parsed.problem);
  const limit = limitRefusal(caller, 1);
  if (limit !== undefined) return refuse(caller, call, `${call.name}: ${limit}`);
  const { step } = session.nextKey();
  const prepared = await prepare(caller, parsed);
  if ('problem' in prepared) return refuse(caller, call, `${call.name}: ${prepared.problem}`);
  beginCall(session, call);
  const { task } = prepared;
  const script = new ScriptCall(caller, {
    task,
    node: `${workflowScope()}/script/${step}`,
    denied: deniedWriters(caller),
  });
  const end = await tasks.resting(() => script.run());
  const { ref } = await session.steps.run('answerScript', {
    summary: `what the script ${task.name} came to`,
    args: end,
  });
  return answerCall(session, call, { isError: end.value === null, answer: { ref } });
}

function refuse({ session }: TaskCaller, call: ToolCallSummary, text: string): StallObservation {
  return answerCall(session, call, { isError: true, answer: { text } });
}

async function prepare(
  caller: TaskCaller,
  { source, name, args }: ScriptCallArguments,
): Promise<{ readonly task: ScriptTask } | { readonly problem: string }> {
  const { session, tasks } = caller;
  const { definitions } = session.profile;
  const prepared = await session.steps.run('prepareScript', {
    summary: shortLine(`the script ${name ?? 'of a call'}`, TITLE_LIMIT),
    args: {
      source: source ?? null,
      name: name ?? null,
      args: args ?? null,
      workspace: session.input.workspace,
      mayWrite: deniedWriters(caller) === undefined,
      mostAgents: tasks.left,
      nowMs: Date.now(),
      ...(definitions === undefined ? {} : { definitions }),
    },
  });
  return prepared.task === undefined
    ? { problem: prepared.problem ?? '' }
    : { task: prepared.task };
}

/** Why no agent of a script may change files; undefined when they may. */
function deniedWriters({ session }: TaskCaller): string | undefined {
  const { profile, input, state } = session;
  if (state.plan !== undefined)
    return 'you are making a plan and may only read: agents of the script are of the profile "explore" or "plan"';
  if (profile.isReadOnly === true)
    return 'the agent of this script only reads, and so do those that it starts: use the profile "explore" or "plan"';
  if (input.forks === undefined)
    return 'agents that change files cannot work side by side here: use the profile "explore" or "plan"';
  return undefined;
}
