import type { z } from 'zod';
import {
  shortLine,
  taskCallSchema,
  taskWorker,
  type BlobRef,
  type NewMessage,
  type StallObservation,
  type TaskCall,
  type TaskWorker,
  type ToolCallSummary,
} from '../../domain/index.js';
import { limitsOf } from './start-task.js';
import type { SubAgents } from './sub-agents.js';
import type { TaskEnd, TaskOwner } from './task.js';

/** What a call of a tool that starts agents answers. */
export interface TaskAnswer {
  readonly isError: boolean;
  readonly answer: { readonly ref: BlobRef } | { readonly text: string };
}

/** The agent that calls, and those that it has started. */
export interface TaskCaller {
  readonly session: TaskOwner;
  readonly tasks: SubAgents;
}

const TITLE_LIMIT = 120;
/** Names of files in one sentence. */
const FILES_SHOWN = 20;

/** Carries out one call of `task`; `share` as in `TaskStart`. Every call gets an answer. */
export async function runTask(
  caller: TaskCaller,
  call: ToolCallSummary,
  share: number,
): Promise<StallObservation> {
  const parsed = parseTask(call);
  const worker =
    'problem' in parsed ? parsed : taskWorker(parsed.agent, caller.session.profile.agents ?? []);
  const refused =
    'problem' in parsed || 'problem' in worker
      ? undefined
      : refusal(caller, { ...worker, background: parsed.background });
  if (refused !== undefined || 'problem' in parsed || 'problem' in worker) {
    const text = refused ?? ('problem' in worker ? worker.problem : '');
    return answerCall(caller.session, call, { isError: true, answer: { text } });
  }
  beginCall(caller.session, call);
  const { prompt, background } = parsed;
  const { agent } = worker;
  const title = call.title.slice(0, TITLE_LIMIT);
  const { session, tasks } = caller;
  if (background) {
    const { begun, number } = tasks.launch({
      title,
      ...worker,
      prompt,
      isForked: agent === 'general',
      share: 2,
      deliver: (end) => session.notices.push(noticeOf(parsed, end)),
    });
    await begun;
    const text = `Started as agent ${number}. Go on; a message says when it has ended.`;
    return answerCall(session, call, { isError: false, answer: { text } });
  }
  const { ending } = tasks.launch({ title, ...worker, prompt, isForked: false, share });
  const end = await tasks.resting(() => ending);
  return answerCall(session, call, answerOf(end));
}

/** Says that a call has begun. */
export function beginCall(session: TaskOwner, call: ToolCallSummary): void {
  session.do(call.title);
  session.events.add('tool.start', {
    turn: session.state.spending.turns,
    text: call.title,
    data: { tool: call.name },
  });
}

/** Answers a call. */
export function answerCall(
  session: TaskOwner,
  call: ToolCallSummary,
  { isError, answer }: TaskAnswer,
): StallObservation {
  const common = { callId: call.id, name: call.name, isError };
  if ('ref' in answer) session.say({ kind: 'tool', ...common, ref: answer.ref });
  else session.say({ kind: 'tool-text', ...common, text: answer.text });
  session.events.add('tool.end', {
    turn: session.state.spending.turns,
    text: call.title,
    data: { tool: call.name, is_error: isError },
  });
  const result = 'ref' in answer ? answer.ref.digest.slice(0, 16) : answer.text.slice(0, 100);
  return { call: call.digest, result, progress: isError ? [] : [`${call.name} ${result}`] };
}

const NOT_OFFERED = 'not available to this agent: do the work yourself.';

/** Why an agent may ask no more about its own past; undefined when it may. */
export function recallRefusal(caller: TaskCaller): string | undefined {
  const { session, tasks } = caller;
  const { recalls, depth } = limitsOf(session.input);
  // where nothing is said of them, each counts as an agent
  if (tasks.recallsLeft === undefined) return limitRefusal(caller, 1);
  if (!session.profile.tools.includes('recall') || depth < 1) return NOT_OFFERED;
  if (tasks.recallsLeft > 0) return undefined;
  return `at most ${recalls} questions over this conversation may be asked: go on with what you have, and keep notes of what you may need again.`;
}

/** Why an agent may start no more; undefined when it may start `wanted` of them. */
export function limitRefusal({ session, tasks }: TaskCaller, wanted: number): string | undefined {
  const { count, depth } = limitsOf(session.input);
  // A model may ask for what it was not offered; so no agent starts agents without end.
  const isOffered = session.profile.tools.includes('task');
  if (!isOffered || depth < 1) return NOT_OFFERED;
  if (tasks.left >= wanted) return undefined;
  const rest = tasks.left === 0 ? 'do the rest yourself' : `${tasks.left} are left`;
  return `at most ${count} agents may be started here, which is set with [sub_agents] max_count: ${rest}.`;
}

function refusal(
  caller: TaskCaller,
  { agent, background }: TaskWorker & Pick<TaskCall, 'background'>,
): string | undefined {
  const { profile, input } = caller.session;
  const limit = limitRefusal(caller, 1);
  if (limit !== undefined) return `task: ${limit}`;
  if (agent !== 'general') return undefined;
  if (caller.session.state.plan !== undefined)
    return 'You are making a plan and may only read: use agent "explore" or "plan", or call plan_exit first.';
  if (profile.isReadOnly === true)
    return 'This agent only reads, and so do those that it starts: use agent "explore" or "plan".';
  if (background && input.forks === undefined)
    return 'Here an agent that may change files works while you wait: leave background out, or use agent "explore".';
  return undefined;
}

/** The end of an agent as the answer of the call that started it. */
export function answerOf({ how, reason, answer }: TaskEnd): TaskAnswer {
  const isError = how !== 'done';
  if (answer !== null) return { isError, answer: { ref: answer } };
  return { isError, answer: { text: sentence(reason) } };
}

/** Tells of one in the background that has ended, before the next model call. */
function noticeOf({ description }: TaskCall, end: TaskEnd): NewMessage[] {
  const how = end.how === 'done' ? 'has ended' : `ended without success: ${end.reason}`;
  const text = [`The task "${description}" ${how}.`, filesOf(end)].join(' ').trim();
  if (end.answer === null) return [{ kind: 'user', text }];
  return [
    { kind: 'user', text: `${text} Its answer:` },
    { kind: 'user-ref', ref: end.answer },
  ];
}

/** What became of the files of an agent that worked in a lane of its own, in words; empty when there is nothing to say. */
export function filesOf({ landing }: Pick<TaskEnd, 'landing'>): string {
  if (landing === null || landing.kind === 'empty') return '';
  const names = listed(landing.files);
  if (landing.kind === 'landed') return `It changed ${names}: these changes are in your files now.`;
  const how = `git show ${landing.commit}:FILE`;
  const kept = `in commit ${landing.commit} (${landing.ref}): look at one with ${how}.`;
  if (landing.kind === 'kept')
    return `Nothing was taken over. What it had changed (${names}) is kept ${kept}`;
  return `It conflicts with what was changed meanwhile in ${listed(landing.conflicts)}, so nothing was taken over: your files are as you left them. Its own (${names}) are kept ${kept} To take them over with marks where both of you changed something: git add -A && git cherry-pick -n ${landing.commit}; then resolve the marks.`;
}

function listed(files: readonly string[]): string {
  const shown = files.slice(0, FILES_SHOWN).map((file) => shortLine(file, 200));
  const more = files.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The arguments of a call, or what is wrong with them. Pure. */
export function parseTask(call: ToolCallSummary): TaskCall | { readonly problem: string } {
  return parseArguments(taskCallSchema, call);
}

/** The arguments of a call as `schema` gives them, or what is wrong with them in one sentence. Pure. */
export function parseArguments<Schema extends z.ZodType>(
  schema: Schema,
  { name, arguments: text }: ToolCallSummary,
): z.output<Schema> | { readonly problem: string } {
  if (text === undefined) return { problem: `${name}: the arguments are too long.` };
  try {
    const parsed = schema.safeParse(JSON.parse(text === '' ? '{}' : text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return { problem: `${name}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not valid'}` };
  } catch {
    return { problem: `${name}: the arguments are not valid JSON.` };
  }
}

/** True for a call whose agent only reads: several of them may work at once. One of a person may change files. Pure. */
export function isReadingTask(call: ToolCallSummary): boolean {
  if (call.name !== 'task' || call.execution !== 'workflow') return false;
  const task = parseTask(call);
  return !('problem' in task) && (task.agent === 'explore' || task.agent === 'plan');
}
