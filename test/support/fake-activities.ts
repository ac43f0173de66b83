import type { CallModelInput, CallModelResult } from '../../src/activities/model/call-model.js';
import type {
  CompactConversationInput,
  CompactConversationResult,
} from '../../src/activities/model/compact-conversation.js';
import type { ModelActivities } from '../../src/activities/model/model-activities.js';
import type { NotifyActivities } from '../../src/activities/notify/notify-activities.js';
import type { RalphActivities } from '../../src/activities/ralph-activities.js';
import type { RecordActivities } from '../../src/activities/landing/record-activities.js';
import type { ToolActivities } from '../../src/activities/tool/tool-activities.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { type Baseline, type Proof } from '../../src/domain/proof/check.js';
import { type BlobRef } from '../../src/domain/blob.js';
import { type RunEvent } from '../../src/domain/run/event.js';
import { runRecordSchema, type RunRecord } from '../../src/domain/run/ralph-run.js';
import { type ToolCallSummary, type ToolResult } from '../../src/domain/agent/tool-call.js';

/** A blob reference that names nothing on disk. */
export function fakeRef(seed: number): BlobRef {
  return { digest: seed.toString(16).padStart(64, '0'), bytes: seed };
}

/** A call summary as the registry would give it. */
export function fakeCall(name: string, fields: Partial<ToolCallSummary> = {}): ToolCallSummary {
  return {
    id: `call-${name}`,
    name,
    index: 0,
    execution: 'local',
    access: 'write',
    digest: `digest-${name}`,
    title: name,
    ...fields,
  };
}

/** The call that ends a story. */
export function storyDone(status: 'done' | 'blocked' = 'done'): ToolCallSummary {
  return fakeCall('story_done', {
    execution: 'workflow',
    arguments: JSON.stringify({
      status,
      summary: `it is ${status}`,
      blockers: status === 'blocked' ? ['no key'] : [],
    }),
  });
}

/** A model's answer with defaults. */
export function fakeReply(fields: Partial<CallModelResult> = {}): CallModelResult {
  return {
    head: fakeRef(1),
    depth: 1,
    preview: 'text',
    calls: [],
    finishReason: 'tool-calls',
    usage: { ...ZERO_USAGE, inputTokens: 100, outputTokens: 10 },
    isUsageEstimated: false,
    costMicroUsd: 5,
    contextTokens: 110,
    repeatedCalls: 0,
    durationMs: 1,
    marker: null,
    ...fields,
  };
}

/** A tool's result with defaults. */
export function fakeResult(fields: Partial<ToolResult> = {}): ToolResult {
  return {
    callId: 'call-0',
    ref: fakeRef(1000),
    preview: '',
    isError: false,
    seen: [],
    progress: [],
    exitCode: null,
    durationMs: 1,
    ...fields,
  };
}

/** A proof with defaults. */
export function fakeProof(verdict: Proof['verdict'], fields: Partial<Proof> = {}): Proof {
  return {
    verdict,
    tree: 'a'.repeat(40),
    evidence: [],
    changedDefinitions: [],
    changedFiles: ['a.js'],
    feedback: verdict === 'passed' ? null : fakeRef(77),
    ...fields,
  };
}

/** What a compaction says, as earlier versions said it: not what it freed. */
export function fakeCompaction(
  fields: Partial<CompactConversationResult> = {},
): CompactConversationResult {
  return {
    head: fakeRef(2),
    depth: 2,
    contextTokens: 10,
    modelCalls: 1,
    usage: ZERO_USAGE,
    isUsageEstimated: false,
    costMicroUsd: 1,
    repeatedCalls: 0,
    durationMs: 1,
    ...fields,
  };
}

/** What a test decides; everything else has a default. */
export interface FakeScript {
  /** Called before a story's lane is ready; may throw. */
  readonly beforeStory?: () => void | Promise<void>;
  /** Called before a record is saved; may throw. */
  readonly beforeSave?: () => Promise<void>;
  /** Called before the end of an attempt is noted for the next one; may throw. */
  readonly beforeNote?: (story: string) => void;
  readonly callModel?: (
    input: CallModelInput,
    count: number,
  ) => CallModelResult | Promise<CallModelResult>;
  readonly executeTool?: (
    input: Parameters<ToolActivities['executeTool']>[0],
    count: number,
  ) => Partial<ToolResult> | Promise<Partial<ToolResult>>;
  /** Begins a long call; null = it goes on. May throw. Default: what `executeTool` gives. */
  readonly tryTool?: (
    input: Parameters<ToolActivities['executeTool']>[0],
  ) => ToolResult | null | Promise<ToolResult | null>;
  /** Ends what runs in the background; may throw. */
  readonly endBackgroundCommands?: () => void | Promise<void>;
  readonly compact?: (
    input: CompactConversationInput,
    count: number,
  ) => CompactConversationResult | undefined;
  readonly prove?: (story: string, attempt: number) => Proof | Promise<Proof>;
  readonly prepareRun?: () => void;
  readonly baseline?: () => Baseline;
  readonly refreshPrd?: (
    input: Parameters<RecordActivities['refreshPrd']>[0],
  ) => Awaited<ReturnType<RecordActivities['refreshPrd']>>;
  /** How a merge ends; default clean. */
  readonly merge?: (
    story: string,
    count: number,
  ) => Awaited<ReturnType<RalphActivities['mergeStory']>>;
  readonly proveMerged?: (count: number, tree: string) => Proof;
}

/** Activities that only remember what they were asked. */
export class FakeActivities
  implements ModelActivities, ToolActivities, RalphActivities, NotifyActivities, RecordActivities
{
  /** Names of activities in the order of their calls, with the facts that tests look at. */
  readonly calls: string[] = [];
  readonly events: RunEvent[] = [];
  readonly records: RunRecord[] = [];
  readonly feedbackTexts: string[] = [];
  readonly modelInputs: CallModelInput[] = [];
  readonly landed: Parameters<RalphActivities['landStory']>[0][] = [];
  readonly merged: Parameters<RalphActivities['proveMerged']>[0][] = [];
  readonly proven: Parameters<RalphActivities['proveStory']>[0][] = [];
  readonly begun: Parameters<RalphActivities['beginStory']>[0][] = [];
  private readonly script: FakeScript;
  private modelCalls = 0;
  private toolCalls = 0;
  private compactions = 0;
  private commits = 0;
  private merges = 0;
  private mergedProofs = 0;
  private readonly proofs = new Map<string, number>();
  private readonly inLane = new Map<string, string>();

  constructor(script: FakeScript = {}) {
    this.script = script;
  }

  callModel = async (input: CallModelInput): Promise<CallModelResult> => {
    this.take('callModel', input.events);
    this.modelInputs.push(input);
    this.modelCalls += 1;
    return this.script.callModel?.(input, this.modelCalls) ?? fakeReply({ calls: [storyDone()] });
  };

  compactConversation = async (
    input: CompactConversationInput,
  ): Promise<CompactConversationResult> => {
    this.take('compactConversation', []);
    this.compactions += 1;
    const scripted = this.script.compact?.(input, this.compactions);
    return scripted ?? fakeCompaction();
  };

  executeTool = async (
    input: Parameters<ToolActivities['executeTool']>[0],
  ): Promise<ToolResult> => {
    this.take('executeTool', input.events);
    this.toolCalls += 1;
    return fakeResult({
      callId: `call-${input.callIndex}`,
      ref: fakeRef(1000 + this.toolCalls),
      progress: [`p${this.toolCalls}`],
      ...(await this.script.executeTool?.(input, this.toolCalls)),
    });
  };

  /** Long calls are answered here unless the script says that they take longer. */
  tryTool = async (
    input: Parameters<ToolActivities['executeTool']>[0],
  ): Promise<ToolResult | null> => {
    if (this.script.tryTool === undefined) return this.executeTool(input);
    this.take('tryTool', input.events);
    return this.script.tryTool(input);
  };

  dropTool = async (): Promise<void> => {
    this.take('dropTool', []);
  };

  endBackgroundCommands = async (): Promise<void> => {
    this.take('endBackgroundCommands', []);
    await this.script.endBackgroundCommands?.();
  };

  prepareRun = async (
    input: Parameters<RalphActivities['prepareRun']>[0],
  ): ReturnType<RalphActivities['prepareRun']> => {
    this.take('prepareRun', input.events);
    this.script.prepareRun?.();
    return {
      lane: { id: 'r/1/lane-1', workdir: '.' },
      proofLane: { id: 'r/1/proof', workdir: '.' },
      lanes: Array.from({ length: input.lanes ?? 1 }, (_, index) => ({
        lane: { id: `r/1/lane-${index + 1}`, workdir: '.' },
        proofLane: { id: `r/1/proof-${index + 1}`, workdir: '.' },
      })),
      statePaths: ['prd.json'],
      sandbox: 'full',
    };
  };

  checkBaseline = async (
    input: Parameters<RalphActivities['checkBaseline']>[0],
  ): Promise<Baseline> => {
    this.take('checkBaseline', input.events);
    return (
      this.script.baseline?.() ?? { base: input.base, evidence: [], setup: null, failures: {} }
    );
  };

  beginStory = async (
    input: Parameters<RalphActivities['beginStory']>[0],
  ): ReturnType<RalphActivities['beginStory']> => {
    const { id } = input.story.story;
    await this.script.beforeStory?.();
    this.inLane.set(input.lane.id, id);
    this.take(`beginStory ${id} ${input.story.attempt}`, input.events);
    this.begun.push(input);
    return { prompt: fakeRef(9) };
  };

  proveStory = async (input: Parameters<RalphActivities['proveStory']>[0]): Promise<Proof> => {
    const story = this.inLane.get(input.lane.id) ?? '';
    const attempt = (this.proofs.get(story) ?? 0) + 1;
    this.proofs.set(story, attempt);
    this.take(`proveStory ${story}`, input.events);
    this.proven.push(input);
    return this.script.prove?.(story, attempt) ?? fakeProof('passed');
  };

  landStory = async (
    input: Parameters<RalphActivities['landStory']>[0],
  ): ReturnType<RalphActivities['landStory']> => {
    this.take(`landStory ${input.story.id}`, input.events);
    this.landed.push(input);
    this.commits += 1;
    return { commit: `commit-${this.commits}`, branch: input.branch, notes: [] };
  };

  mergeStory = async (
    input: Parameters<RalphActivities['mergeStory']>[0],
  ): ReturnType<RalphActivities['mergeStory']> => {
    this.take(`mergeStory ${input.story.id} into ${input.head}`, input.events);
    this.merges += 1;
    return this.script.merge?.(input.story.id, this.merges) ?? { kind: 'clean', tree: 'merged' };
  };

  proveMerged = async (input: Parameters<RalphActivities['proveMerged']>[0]): Promise<Proof> => {
    this.take(`proveMerged ${input.tree}`, input.events);
    this.merged.push(input);
    this.mergedProofs += 1;
    return (
      this.script.proveMerged?.(this.mergedProofs, input.tree) ??
      fakeProof('passed', { tree: input.tree })
    );
  };

  keepStory = async (
    input: Parameters<RalphActivities['keepStory']>[0],
  ): Promise<{ branch: string }> => {
    this.take(`keepStory ${input.story.id}`, input.events);
    return { branch: `${input.branch}-${input.story.id}-kept` };
  };

  settleStory: RecordActivities['settleStory'] = async (input) => {
    this.take(`settleStory ${input.story.id}`, []);
    return { notes: [] };
  };

  reopenStory: RecordActivities['reopenStory'] = async ({ storyId }) => {
    this.take(`reopenStory ${storyId}`, []);
    return { notes: [] };
  };

  storeText = async (input: { text: string }): Promise<BlobRef> => {
    this.take(`storeText ${input.text}`, []);
    return fakeRef(79);
  };

  notifyRun: NotifyActivities['notifyRun'] = async (input) => {
    this.take(`notifyRun ${input.event}`, input.events);
    return { isSent: true, note: null };
  };

  saveRun = async (input: Parameters<RecordActivities['saveRun']>[0]): Promise<void> => {
    await this.script.beforeSave?.();
    this.events.push(...input.events);
    this.records.push(runRecordSchema.parse(input.record));
  };

  appendEvents = async (input: Parameters<RecordActivities['appendEvents']>[0]): Promise<void> => {
    this.events.push(...input.events);
  };

  noteAttempt = async (
    input: Parameters<RecordActivities['noteAttempt']>[0],
  ): Promise<{ feedback: BlobRef }> => {
    this.script.beforeNote?.(input.story.id);
    this.take(`noteAttempt ${input.story.id} ${input.attempt.outcome}`, []);
    if (input.feedbackText !== undefined) this.feedbackTexts.push(input.feedbackText);
    return { feedback: input.feedback ?? fakeRef(78) };
  };

  refreshPrd = async (
    input: Parameters<RecordActivities['refreshPrd']>[0],
  ): ReturnType<RecordActivities['refreshPrd']> =>
    this.script.refreshPrd?.(input) ?? { digest: input.digest, stories: null, problem: null };

  private take(name: string, events: readonly RunEvent[]): void {
    this.calls.push(name);
    this.events.push(...events);
  }
}
