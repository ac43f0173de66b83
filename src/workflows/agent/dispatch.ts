import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import { DEFAULT_BASH_TIMEOUT_MS } from '../../contracts/index.js';
import {
  MOST_SKILLS,
  refusalText,
  type BlobRef,
  type CallFollowUp,
  type ParkedAnswer,
  type StallObservation,
  type ToolCallSummary,
  type ToolResult,
} from '../../domain/index.js';
import { TOOL_HOOKS_MS } from '../hooks/run-moment.js';
import type { StepCall } from '../lib/step.js';
import { runAgentCall } from './agent-tool.js';
import { askConsent, noteDenial, noteRules, refuseCall } from './asking/consent.js';
import type { AgentSession } from './session.js';
import { askPerson } from './asking/question.js';
import { noteReaches } from './asking/reaches.js';
import { settleCall, type CallWords } from './asking/settle-call.js';
import { runRalphCall } from './ralph-tool.js';
import { runRlmCall } from './rlm-tool.js';
import { runScriptCall } from './script/script-tool.js';
import { runSwarmCall } from './swarm-tool.js';
import { isReadingTask, runTask } from './task-tool.js';
import { decideWorkflowTool } from './workflow-tools.js';

/**
 * Carries out the calls of one reply, in order; neighbouring read-only calls run side by side. Every call gets an answer
 * in the pending messages. Returns what the stall guard should see.
 */
export async function dispatchCalls(
  session: AgentSession,
  conversation: BlobRef,
  calls: readonly ToolCallSummary[],
): Promise<StallObservation[]> {
  const step = session.nextStep();
  const allowed = calls.slice(0, session.profile.limits.maxCallsPerTurn);
  const observations: StallObservation[] = [];
  for (const group of session.hasToolHooks ? allowed.map((call) => [call]) : groupCalls(allowed)) {
    const results = await Promise.all(
      group.map((call, at) =>
        dispatchCall(session, call, { conversation, step, share: group.length - at }),
      ),
    );
    observations.push(...results.flat());
  }
  for (const call of calls.slice(allowed.length)) {
    session.say({
      kind: 'tool-text',
      callId: call.id,
      name: call.name,
      isError: true,
      text: `Not run: a turn may hold at most ${allowed.length} tool calls. Call it again in the next turn.`,
    });
  }
  return observations;
}

/**
 * Neighbouring read-only local calls form one group; everything else stands alone. Not where commands of people run around calls: they
 * may change files, and one that is made again would undo what runs beside it.
 */
export function groupCalls(calls: readonly ToolCallSummary[]): ToolCallSummary[][] {
  const groups: ToolCallSummary[][] = [];
  for (const call of calls) {
    const last = groups.at(-1);
    if (last !== undefined && isSharable(call) && last.every(isSharable)) last.push(call);
    else groups.push([call]);
  }
  return groups;
}

function isSharable(call: ToolCallSummary): boolean {
  return (call.execution === 'local' && call.access === 'read') || isReadingTask(call);
}

interface Position {
  readonly conversation: BlobRef;
  readonly step: number;
  /** How many of those that begin together come from here on. */
  readonly share: number;
  /** A person said yes to it. */
  readonly isApproved?: boolean;
  /** What the person answered to what this call asked before. */
  readonly answers?: readonly ParkedAnswer[];
  /** It goes on elsewhere, and is looked at again. */
  readonly followUp?: CallFollowUp;
}

async function dispatchCall(
  session: AgentSession,
  call: ToolCallSummary,
  position: Position,
): Promise<StallObservation[]> {
  if (session.repl !== undefined) return [await session.repl.takeCall(call, position.conversation)];
  if (call.execution === 'workflow')
    return [await ruledWorkflowCall(session, call, position.share)];
  const result = await executeAllowed(session, call, position);
  if ('refusal' in result) return [refuseCall(session, call, result.refusal)];
  noteRules(session, call, result);
  noteSkill(session, result);
  session.remember(result);
  session.say({
    kind: 'tool',
    callId: call.id,
    name: call.name,
    isError: result.isError,
    ref: result.ref,
    ...(result.attachments === undefined ? {} : { attachments: result.attachments }),
  });
  session.events.add('tool.end', {
    turn: session.state.spending.turns,
    text: `${call.title}${result.exitCode === null ? '' : ` (exit ${result.exitCode})`}`,
    data: {
      tool: call.name,
      is_error: result.isError,
      duration_ms: result.durationMs,
      preview: result.preview.slice(0, 120),
    },
  });
  return [{ call: call.digest, result: result.ref.digest.slice(0, 16), progress: result.progress }];
}

/** What a rule of a person forbids is answered; what needs a yes is asked for first. */
async function ruledWorkflowCall(
  session: AgentSession,
  call: ToolCallSummary,
  share: number,
): Promise<StallObservation> {
  const { ruled } = call;
  if (ruled === undefined) return takeWorkflowCall(session, call, share);
  const refusal =
    ruled.effect === 'deny'
      ? refusalText(call.name, ruled)
      : await askConsent(session, call, ruled);
  if (refusal === undefined) return takeWorkflowCall(session, call, share);
  noteDenial(session, call.title, ruled);
  return refuseCall(session, call, refusal);
}

/** Carries a call out, and once more when a person said yes to what a rule asks about. */
async function executeAllowed(
  session: AgentSession,
  call: ToolCallSummary,
  position: Position,
): Promise<ToolResult | { readonly refusal: string }> {
  const result = await executeAsking(session, call, position);
  const { ruled } = result;
  if (ruled?.effect !== 'ask') return result;
  noteReaches(session, result.reaches);
  const refusal = await askConsent(session, call, ruled);
  if (refusal === undefined)
    return executeAsking(session, call, {
      ...position,
      step: session.nextStep(),
      isApproved: true,
    });
  noteDenial(session, call.title, ruled);
  return { refusal };
}

function takeWorkflowCall(
  session: AgentSession,
  call: ToolCallSummary,
  share: number,
): StallObservation | Promise<StallObservation> {
  const caller = { session, tasks: session.subAgents };
  switch (call.name) {
    case 'task':
      return runTask(caller, call, share);
    case 'agent':
      return runAgentCall(caller, call);
    case 'swarm':
      return runSwarmCall(caller, call);
    case 'script':
      return runScriptCall(caller, call);
    case 'ralph':
      return runRalphCall(caller, call);
    case 'rlm':
    case 'recall':
      return runRlmCall(caller, call, share);
    case 'question':
      return askPerson(session, call);
    default:
      return decideWorkflowTool(session, call);
  }
}

/** See {@link settleCall}: every try is a step of its own, and the first that of the turn. */
function executeAsking(
  session: AgentSession,
  call: ToolCallSummary,
  position: Position,
): Promise<ToolResult> {
  const next = (words: CallWords): Position => ({
    ...position,
    ...words,
    step: session.nextStep(),
  });
  return settleCall(session, call, {
    first: () => executeTool(session, call, position),
    again: (words) => executeTool(session, call, next(words)),
    leave: (followUp) =>
      session.steps.once('tryTool', stepFor(session, call, next({ answers: [], followUp }))),
  });
}

async function executeTool(
  session: AgentSession,
  call: ToolCallSummary,
  position: Position,
): Promise<ToolResult> {
  if (call.leavesRunning === true) session.state.hasBackground = true;
  const hasHooks = session.hasToolHooks;
  // commands of people take their time: no local activity waits for them
  const isLong = call.execution === 'activity' || hasHooks;
  if (isLong && position.followUp === undefined) {
    session.events.add('tool.start', {
      turn: session.state.spending.turns,
      text: call.title,
      data: { tool: call.name },
    });
  }
  if (position.followUp === undefined) session.do(call.title);
  const step = stepFor(session, call, position);
  if (isLong) return executeLong(session, step, timeoutOf(call) + (hasHooks ? TOOL_HOOKS_MS : 0));
  return session.steps.run('executeTool', { ...step, policy: 'localTool' });
}

function timeoutOf({ timeoutMs = DEFAULT_BASH_TIMEOUT_MS }: ToolCallSummary): number {
  return timeoutMs;
}

function stepFor(session: AgentSession, call: ToolCallSummary, position: Position): ToolStep {
  const isLong = call.execution === 'activity' || session.hasToolHooks;
  return {
    summary: [session.input.story, call.title].filter((part) => part !== undefined).join(' · '),
    key: { scope: session.scope, step: position.step, index: call.index },
    args: {
      workspace: session.input.workspace,
      conversation: position.conversation,
      callIndex: call.index,
      // Only the file tools need it. They are local, and it does not enter the history; but for `batch`, which carries calls of them.
      seen: call.access === 'write' ? session.state.seen : [],
      ...(isLong ? { timeoutMs: timeoutOf(call) } : {}),
      ...(session.profile.isReadOnly === true ? { isReadOnly: true } : {}),
      ...rulesOf(session),
      ...wordsFor(call, position),
    },
  };
}

/** What a person has said about the call. */
function wordsFor(
  { digest }: ToolCallSummary,
  { isApproved, answers, followUp }: Position,
): { approved?: string; answers?: ParkedAnswer[]; followUp?: CallFollowUp } {
  return {
    ...(isApproved === true ? { approved: digest } : {}),
    ...(answers === undefined ? {} : { answers: [...answers] }),
    ...(followUp === undefined ? {} : { followUp }),
  };
}

/** It is not told the same twice; its text stays when the conversation is shortened. */
function noteSkill({ state }: AgentSession, { skill }: ToolResult): void {
  if (skill !== undefined)
    state.skills = [...new Set([...(state.skills ?? []), skill])].slice(-MOST_SKILLS.count);
}

function rulesOf({ profile, state }: AgentSession): {
  definitions?: BlobRef;
  isPlanning?: true;
  skills?: string[];
} {
  return {
    ...(profile.definitions === undefined ? {} : { definitions: profile.definitions }),
    ...(state.plan === undefined ? {} : { isPlanning: true }),
    ...(state.skills === undefined ? {} : { skills: state.skills }),
  };
}

type ToolStep = Omit<StepCall<'executeTool'>, 'args'> & {
  readonly args: Exclude<StepCall<'executeTool'>['args'], () => unknown>;
};

/** Most commands take less than a second: as local activities they cost a marker. The others go on as what they were begun. */
async function executeLong(
  session: AgentSession,
  step: ToolStep,
  extraMs: number,
): Promise<ToolResult> {
  const isQuick = patched('quick-tools');
  const result = isQuick ? await tryQuickly(session, step) : null;
  if (result !== null) return result;
  try {
    return await session.steps.run('executeTool', { ...step, extraMs });
  } catch (error) {
    // Cancelled before it came to the worker: nobody else would end what was begun there.
    if (isQuick && isCancellation(error)) await dropQuietly(session, step);
    throw error;
  }
}

/** Null also when it went wrong: the activity that follows has the tries and the patience. */
async function tryQuickly(session: AgentSession, step: ToolStep): Promise<ToolResult | null> {
  try {
    return await session.steps.once('tryTool', step);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return null;
  }
}

/** After a cancellation nothing may write to the lane; what cannot be told here is ended by the worker itself a little later. */
async function dropQuietly(session: AgentSession, step: ToolStep): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    session.steps.once('dropTool', step).catch(() => undefined),
  );
}
