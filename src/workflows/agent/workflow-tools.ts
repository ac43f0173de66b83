import { z } from 'zod';
import {
  formatTodos,
  planEnterSchema,
  planExitSchema,
  storyDoneSchema,
  todoWriteSchema,
  type StallObservation,
  type ToolCallSummary,
} from '../../domain/index.js';
import type { AgentSession } from './session.js';

/** What a workflow tool answers. */
interface Decision {
  readonly text: string;
  readonly isError: boolean;
  readonly progress: readonly string[];
}

type Decide = (session: AgentSession, input: unknown) => Decision;

/** The tools that are decided inside the workflow, by name. */
const DECISIONS: Readonly<Record<string, Decide>> = {
  todo_read: (session) => ({
    text: formatTodos(session.state.todos),
    isError: false,
    progress: [],
  }),
  todo_write: (session, input) => {
    const parsed = todoWriteSchema.safeParse(input);
    if (!parsed.success) return refusal('todo_write', parsed.error);
    session.state.todos = parsed.data.todos;
    return { text: formatTodos(parsed.data.todos), isError: false, progress: [] };
  },
  plan_enter: (session, input) => {
    const parsed = planEnterSchema.safeParse(input);
    if (!parsed.success) return refusal('plan_enter', parsed.error);
    const { goal, steps } = parsed.data;
    session.state.plan = { goal };
    if (steps.length > 0 && session.state.todos.length === 0)
      session.state.todos = steps.map((content) => ({ content, status: 'pending' }));
    const text =
      'You make a plan now: you may read and search, and change nothing. Call plan_exit with the plan when you have it.';
    return { text, isError: false, progress: [`plan ${goal}`] };
  },
  plan_exit: (session, input) => {
    const parsed = planExitSchema.safeParse(input);
    if (!parsed.success) return refusal('plan_exit', parsed.error);
    const wasPlanning = session.state.plan !== undefined;
    delete session.state.plan;
    const text = wasPlanning ? 'You work again. Go by your plan.' : 'You were making no plan.';
    return { text, isError: !wasPlanning, progress: wasPlanning ? ['plan_exit'] : [] };
  },
  story_done: (session, input) => {
    const parsed = storyDoneSchema.safeParse(input);
    if (!parsed.success) return refusal('story_done', parsed.error);
    session.done = parsed.data;
    return { text: 'Noted.', isError: false, progress: ['story_done'] };
  },
};

/** Decides one workflow tool call and answers it. Deterministic. */
export function decideWorkflowTool(session: AgentSession, call: ToolCallSummary): StallObservation {
  const decision = decide(session, call);
  session.say({
    kind: 'tool-text',
    callId: call.id,
    name: call.name,
    isError: decision.isError,
    text: decision.text,
  });
  session.events.add('tool.end', {
    turn: session.state.spending.turns,
    text: call.title,
    data: { tool: call.name, is_error: decision.isError },
  });
  return {
    call: call.digest,
    result: decision.isError ? 'error' : 'ok',
    progress: decision.progress,
  };
}

function decide(session: AgentSession, call: ToolCallSummary): Decision {
  const handler = Object.hasOwn(DECISIONS, call.name) ? DECISIONS[call.name] : undefined;
  if (handler === undefined || call.arguments === undefined) {
    return {
      text: `${call.name} is not available to this agent, or its arguments are too long.`,
      isError: true,
      progress: [],
    };
  }
  let input: unknown;
  try {
    input = JSON.parse(call.arguments === '' ? '{}' : call.arguments);
  } catch {
    return { text: `${call.name}: the arguments are not valid JSON.`, isError: true, progress: [] };
  }
  return handler(session, input);
}

function refusal(name: string, error: z.ZodError): Decision {
  return { text: `${name}: ${z.prettifyError(error)}`, isError: true, progress: [] };
}
