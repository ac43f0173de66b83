import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  blobRefSchema,
  callFollowUpSchema,
  conversationNodeSchema,
  innerStepKey,
  InvariantError,
  modelText,
  parkedAnswerSchema,
  RESULT_LIMIT,
  seenFileSchema,
  toolResultSchema,
  workspaceRefSchema,
  type ToolCall,
  type ToolResult,
} from '../../domain/index.js';
import { readDefinitions } from '../definitions/read-definitions.js';
import { keptNotes, keptTurns, noteReach, type CallNotes } from './call-notes.js';
import { readPictures, storePictures } from './kept-pictures.js';
import { createInnerCalls, type InnerRunner } from './inner-calls.js';
import { runRuled, type RuledOutput } from './ruled-call.js';
import { journaledFields } from '../lib/step.js';
import { redactText } from '../../observability/index.js';
import {
  crashPoint,
  endBackground,
  pathExists,
  openWorkspace,
  writeDurableFile,
  type BlobStore,
  type EventLog,
  type StepJournal,
} from '../../platform/index.js';
import type { HookServices, ToolContext, ToolOutput, ToolRegistry } from '../../tools/index.js';

/** One call may ask the person so often. */
const MOST_QUESTIONS = 8;

/** Input of the activity `executeTool`. The call itself stays in the conversation; history holds only its place. */
export const executeToolInputSchema = z.object({
  ...journaledFields,
  workspace: workspaceRefSchema,
  /** The link whose last assistant message holds the call. */
  conversation: blobRefSchema,
  /** Position of the call in that message, from 0. */
  callIndex: z.number().int().nonnegative(),
  /** File versions that the model has seen. */
  seen: z.array(seenFileSchema),
  network: z.enum(['none', 'full']).default('none'),
  timeoutMs: z.number().int().positive().optional(),
  /** The agent may change nothing: a tool that could is refused. */
  isReadOnly: z.boolean().optional(),
  /** What people defined for the agent, as it was when it was started; absent = nothing. */
  definitions: blobRefSchema.optional(),
  /** Digest of the call that a person said yes to; absent = to none. */
  approved: z.string().max(64).optional(),
  /** Names of skills that the agent has taken up; absent = none. */
  skills: z.array(z.string().max(100)).max(100).optional(),
  /** The agent makes a plan: nothing may be changed, whoever else may change something. */
  isPlanning: z.boolean().optional(),
  /** What the person answered to questions that the same call has asked before. */
  answers: z.array(parkedAnswerSchema).max(MOST_QUESTIONS).optional(),
  /** What the call started is looked at again; absent = it begins. */
  followUp: callFollowUpSchema.optional(),
});

type ParsedInput = z.output<typeof executeToolInputSchema>;

/** What executing tools needs; built once per worker. */
export interface ToolActivityDependencies {
  /** Absolute path of CODETETHER_HOME. */
  readonly home: string;
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly events: EventLog;
  readonly registry: ToolRegistry;
  /** What hooks run in; absent = none run. */
  readonly hookServices?: HookServices;
  /** What is done with files that calls change; absent = nothing. */
  readonly followUps?: ToolContext['followUps'];
}

/** How a running call talks to whoever started it. */
export interface CallSurroundings {
  readonly signal: AbortSignal;
  readonly heartbeat: (details: Readonly<Record<string, unknown>>) => void;
}

/** Executes tool calls exactly once by their step key, independent of Temporal. */
export interface ToolCallExecutor {
  /** `input` as {@link executeToolInputSchema} gives it. */
  execute(input: ParsedInput, surroundings: CallSurroundings): Promise<ToolResult>;
  /** Ends what the calls of an agent left running in a workspace; `scope` is that of their step keys. */
  endBackground(workspace: ParsedInput['workspace'], scope: string): Promise<void>;
}

/** Carried out, the call would put the mark where the key was. */
const KEY_IN_CALL =
  'Not run: the arguments hold what looks like a secret key, and keys are never recorded. Read it from a file or a variable, or make a key for a test when the test runs (for example with openssl), or put its text together from parts.';
const PREVIEW_CHARACTERS = 300;
/** Characters of a digest that name a kept output; enough for one workspace. */
const OUTPUT_NAME_CHARACTERS = 12;

/** An executor over `dependencies`. */
export function createToolCallExecutor(dependencies: ToolActivityDependencies): ToolCallExecutor {
  return {
    async execute(input, surroundings) {
      crashPoint('tool.before-settle');
      const result = await settleCall(dependencies, { input, surroundings });
      crashPoint('tool.after-settle');
      return result;
    },
    async endBackground(workspace, scope) {
      const { state } = await openWorkspace(dependencies.home, workspace);
      await endBackground(state, scope);
    },
  };
}

/** A call as the model made it, or one inside that. */
interface AskedCall {
  readonly input: ParsedInput;
  readonly surroundings: CallSurroundings;
  readonly inner?: { readonly call: ToolCall; readonly position: number };
  /** Rules that calls inside it met are put here, and what those reached for. */
  readonly notes?: CallNotes;
}

async function settleCall(
  dependencies: ToolActivityDependencies,
  asked: AskedCall,
): Promise<ToolResult> {
  const { input, inner } = asked;
  try {
    const { result } = await dependencies.journal.settle({
      key: input.key,
      identity: {
        workspace: input.workspace.id,
        conversation: input.conversation.digest,
        call: input.callIndex,
        ...(inner === undefined ? {} : { inner: inner.position }),
        ...(input.approved === undefined ? {} : { approved: input.approved }),
      },
      isInner: inner !== undefined,
      parse: (stored) => toolResultSchema.parse(stored),
      run: () => runCall(dependencies, asked),
    });
    return result;
  } catch (error) {
    if (!(error instanceof InvariantError) || error.code !== 'ERR_STEP_STARVES') throw error;
    return storeResult(dependencies, {
      startedAt: performance.now(),
      call: inner?.call ?? (await readCall(dependencies.blobs, input)),
      output: { text: STARVING_CALL, isError: true },
    });
  }
}

/** The engine's own defect, but the model can go another way. */
const STARVING_CALL =
  'Not run again: twice this call kept the whole engine from doing anything else, and it had to be restarted. Try it in another way, with less text.';

async function runCall(
  dependencies: ToolActivityDependencies,
  asked: AskedCall,
): Promise<ToolResult> {
  const startedAt = performance.now();
  const call = asked.inner?.call ?? (await readCall(dependencies.blobs, asked.input));
  const notes: CallNotes = { ruled: [], reaches: [] };
  const output = await runTool(dependencies, { ...asked, call, notes });
  return storeResult(dependencies, { startedAt, call, output, notes });
}

/** A call inside another: under a key of its own, with everything that holds for a call made alone. */
async function runInner(
  dependencies: ToolActivityDependencies,
  asked: AskedCall & Required<Pick<AskedCall, 'inner'>>,
): Promise<ToolOutput> {
  const result = await settleCall(dependencies, asked);
  const { isError, seen, progress, sandbox, ruled, hooks, reaches = [] } = result;
  const text = await dependencies.blobs.getText(result.ref);
  const pictures = await readPictures(dependencies.blobs, result.attachments);
  asked.notes?.ruled.push(...(ruled === undefined ? [] : [ruled]));
  asked.notes?.reaches.push(...reaches);
  return {
    text,
    isError,
    ...(pictures.length === 0 ? {} : { pictures }),
    seen,
    progress,
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(hooks === undefined ? {} : { hooks }),
  };
}

interface FinishedCall {
  readonly startedAt: number;
  readonly call: ToolCall;
  readonly output: RuledOutput;
  /** Of calls inside it; and what it reached for itself. */
  readonly notes?: CallNotes;
}

async function storeResult(
  dependencies: ToolActivityDependencies,
  { startedAt, call, output, notes = { ruled: [], reaches: [] } }: FinishedCall,
): Promise<ToolResult> {
  // What the model sees is what is stored; the files themselves stay as they are.
  const readable = redactText(output.text);
  const text = modelText(readable, RESULT_LIMIT);
  const ref = await dependencies.blobs.put(text);
  crashPoint('tool.after-blob');
  return {
    callId: call.id,
    ref,
    // A picture may show what was taken out of the text beside it: then there is none.
    ...(await storePictures(
      dependencies.blobs,
      readable === output.text ? output.pictures : undefined,
    )),
    preview: text.slice(0, PREVIEW_CHARACTERS),
    isError: output.isError,
    seen: [...(output.seen ?? [])],
    progress: [...(output.progress ?? [])],
    exitCode: output.exitCode ?? null,
    durationMs: Math.round(performance.now() - startedAt),
    ...(output.sandbox === undefined ? {} : { sandbox: output.sandbox }),
    ...(output.skill === undefined ? {} : { skill: output.skill }),
    ...(output.ruled === undefined ? {} : { ruled: output.ruled }),
    ...keptNotes(notes),
    ...(output.hooks === undefined || output.hooks.length === 0
      ? {}
      : { hooks: output.hooks.slice(0, MOST_INNER) }),
    ...keptTurns(output),
  };
}

const MOST_INNER = 25;

interface PendingCall extends AskedCall {
  readonly call: ToolCall;
  readonly notes: CallNotes;
}

async function runTool(
  dependencies: ToolActivityDependencies,
  pending: PendingCall,
): Promise<RuledOutput> {
  const { call, input } = pending;
  if (call.isRedacted === true) return { text: KEY_IN_CALL, isError: true };
  const parsed = dependencies.registry.parseCall(call);
  if (!parsed.isValid) return { text: parsed.explanation, isError: true };
  if (parsed.tool.execute === undefined)
    return { text: `${parsed.tool.name} is answered by the engine.`, isError: true };
  const mayWrite = parsed.tool.access !== 'read' && parsed.tool.isCarrier !== true;
  if (input.isReadOnly === true && mayWrite)
    return { text: `${parsed.tool.name} is not available: this agent only reads.`, isError: true };
  if (input.isPlanning === true && mayWrite)
    return { text: planningText(parsed.tool.name), isError: true };
  const definitions = await readDefinitions(input.definitions, dependencies.blobs);
  const context = await contextOf(dependencies, pending, definitions.hooks.length > 0);
  const output = await runRuled(dependencies, {
    checked: parsed,
    digest: dependencies.registry.digestOf(call),
    definitions,
    context,
    workspace: input.workspace,
    position: pending.inner?.position,
    approved: input.approved,
    loadedSkills: input.skills ?? [],
    facts: { run_id: input.runId },
  });
  noteReach(pending.notes, parsed, output);
  return output;
}

function planningText(name: string): string {
  return `${name}: not run, you are making a plan and may only read. Call plan_exit with the plan first.`;
}

async function contextOf(
  dependencies: ToolActivityDependencies,
  pending: PendingCall,
  isInOrder: boolean,
): Promise<ToolContext> {
  const { call, input, surroundings } = pending;
  const workspace = await openWorkspace(dependencies.home, input.workspace);
  const run: InnerRunner['run'] = (innerCall, position, seen) =>
    runInner(dependencies, {
      surroundings,
      notes: pending.notes,
      inner: { call: innerCall, position },
      input: {
        ...input,
        key: innerStepKey(input.key, position),
        seen: [...seen].map(([path, hash]) => ({ path, hash })),
      },
    });
  const inner = createInnerCalls(dependencies.registry, call, { run, isInOrder });
  return {
    step: input.key,
    workspace,
    seen: new Map(input.seen.map((file) => [file.path, file.hash])),
    signal: surroundings.signal,
    heartbeat: surroundings.heartbeat,
    keepWhole: (text) => keepOutput(dependencies.blobs, workspace.state, redactText(text)),
    network: input.network,
    ...(input.answers === undefined ? {} : { answers: input.answers }),
    ...(input.followUp === undefined ? {} : { followUp: input.followUp }),
    ...(dependencies.followUps === undefined ? {} : { followUps: dependencies.followUps }),
    ...(pending.inner === undefined ? { inner } : {}),
  };
}

/** The call at its place in the newest assistant message of the link. */
async function readCall(blobs: BlobStore, input: ParsedInput): Promise<ToolCall> {
  const node = conversationNodeSchema.safeParse(
    JSON.parse(await blobs.getText(input.conversation)),
  );
  const message = node.data?.messages.findLast((candidate) => candidate.role === 'assistant');
  const call = message?.toolCalls[input.callIndex];
  if (call !== undefined) return call;
  throw new InvariantError('ERR_TOOL_CALL_MISSING', {
    message: `blob ${input.conversation.digest.slice(0, 12)} holds no tool call ${input.callIndex}`,
    hint: 'this is a defect: keep the blob store and report it; the run can be cancelled and started again',
  });
}

/** Stores an output by its hash and puts a copy where read_file and grep reach it as `@output/NAME`. */
async function keepOutput(blobs: BlobStore, state: string, text: string): Promise<string> {
  const { digest } = await blobs.put(text);
  const name = digest.slice(0, OUTPUT_NAME_CHARACTERS);
  const path = join(state, 'outputs', `${name}.txt`);
  if (!(await pathExists(path))) {
    await mkdir(join(state, 'outputs'), { recursive: true });
    await writeDurableFile(path, text, { mode: 0o444 });
  }
  return `@output/${name}`;
}
