import { DEFAULT_BASH_TIMEOUT_MS } from '../../contracts/index.js';
import type { BlobRef, StallObservation, ToolCallSummary, ToolResult } from '../../domain/index.js';
import type { AgentSession } from './session.js';
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
  for (const group of groupCalls(allowed)) {
    const results = await Promise.all(
      group.map((call) => dispatchCall(session, call, { conversation, step })),
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

/** Neighbouring read-only local calls form one group; everything else stands alone. */
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
  return call.execution === 'local' && call.access === 'read';
}

interface Position {
  readonly conversation: BlobRef;
  readonly step: number;
}

async function dispatchCall(
  session: AgentSession,
  call: ToolCallSummary,
  position: Position,
): Promise<StallObservation[]> {
  if (call.execution === 'workflow') return [decideWorkflowTool(session, call)];
  const result = await executeTool(session, call, position);
  session.remember(result);
  session.say({
    kind: 'tool',
    callId: call.id,
    name: call.name,
    isError: result.isError,
    ref: result.ref,
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

async function executeTool(
  session: AgentSession,
  call: ToolCallSummary,
  position: Position,
): Promise<ToolResult> {
  const isLong = call.execution === 'activity';
  if (isLong) {
    session.events.add('tool.start', {
      turn: session.state.spending.turns,
      text: call.title,
      data: { tool: call.name },
    });
  }
  const timeoutMs = call.timeoutMs ?? DEFAULT_BASH_TIMEOUT_MS;
  return session.steps.run('executeTool', {
    summary: [session.input.story, call.title].filter((part) => part !== undefined).join(' · '),
    key: { scope: session.scope, step: position.step, index: call.index },
    args: {
      workspace: session.input.workspace,
      conversation: position.conversation,
      callIndex: call.index,
      // Only the file tools need it, and they are local: it never enters the history.
      seen: call.access === 'write' ? session.state.seen : [],
      ...(isLong ? { timeoutMs } : {}),
    },
    ...(isLong ? { extraMs: timeoutMs } : { policy: 'localTool' }),
  });
}
