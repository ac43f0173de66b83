import {
  CancellationScope,
  isCancellation,
  patched,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import {
  AGENT_SIGNALS,
  buildProfile,
  DEFAULT_SUB_AGENTS,
  storyInputSchema,
  withinLimits,
  WORKFLOW_TYPES,
  type StoryInput,
  type StoryResult,
} from '../../contracts/index.js';
import {
  formatModelReference,
  frozenInto,
  isPassing,
  markdownCode,
  markdownText,
  proofLimitMs,
  setupLimitMs,
  ZERO_SPENDING,
  type AgentInput,
  type AgentProfile,
  type AgentResult,
  type AttemptRecord,
  type Evidence,
  type ForkFacts,
  type Proof,
} from '../../domain/index.js';
import { attemptOutcome, attemptReason, recordOfAttempt } from './attempt-end.js';
import { startOrTakeOver, type Child } from '../lib/child.js';
import { checkFacts } from '../lib/check-facts.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { takeSignal, parsedInput } from '../lib/handlers.js';
import { enduring, Patience } from '../lib/patience.js';
import { OwnerWord, type OwnerLink } from '../lib/owner.js';
import { workflowScope, workflowTime } from '../lib/scope.js';
import { Steps, type StepResult } from '../lib/step.js';
import { showAttempt } from './story-details.js';
import { hooksAtEnd, startDenial } from '../hooks/story-hooks.js';
import { headOf } from './story-input.js';

/**
 * One attempt at one story: a clean lane, a fresh agent, and the engine's own proof about exactly the tree that may be
 * committed. What the agent claims never counts.
 */
export async function storyWorkflow(raw: StoryInput): Promise<StoryResult> {
  // Runs that an earlier version started lack the fields that were added since.
  const input = parsedInput(storyInputSchema, raw);
  const events = new EventBuffer({ story: input.story.id, attempt: input.attempt });
  const startedAt = workflowTime();
  const relay = new AgentRelay(input.isPaused ?? false);
  const word = new OwnerWord(linkOf(input));
  const patience = storyPatience(input, word);
  relay.onTryNow = () => patience.tryNow();
  const endure = <Result>(call: () => Promise<Result>): Promise<Result> => enduring(patience, call);
  const steps = new Steps({ runId: input.runId, events, endure });
  const attempt: Attempt = { input, events, startedAt, steps, relay, word };
  showAttempt(input, 'prepares its lane');
  try {
    return await work(attempt);
  } catch (error) {
    // Histories of before 'cancel-outcome' ended as cancelled, and nobody knew what they had spent.
    if (!isCancellation(error) || !patched('cancel-outcome')) throw error;
    return finishCancelled(attempt);
  }
}

/** What the parts of one attempt share. */
interface Attempt {
  readonly input: StoryInput;
  readonly events: EventBuffer;
  readonly startedAt: string;
  readonly steps: Steps;
  readonly relay: AgentRelay;
  readonly word: OwnerWord;
  /** Set once the agent has ended. */
  agent?: AgentResult;
  /** What its agent was started as; set once its lane is ready. */
  frozen?: BegunStory['frozen'];
}

async function work(attempt: Attempt): Promise<StoryResult> {
  const { input, events, steps } = attempt;
  const { lane, base } = input;
  events.add('attempt.start', { text: input.story.title });
  const begun = await steps.run('beginStory', {
    summary: `${input.story.id} · lane of attempt ${input.attempt}`,
    extraMs: setupLimitMs(input.setup),
    args: { lane, base, story: input },
  });
  attempt.frozen = begun.frozen;
  const denial = await startDenial(attempt);
  if (denial !== undefined)
    return finish(attempt, {
      agent: { ...NO_AGENT, outcome: 'blocked', reason: denial },
      proof: null,
    });
  showAttempt(input, 'its agent works');
  const agent = await runAgent(attempt, begun);
  attempt.agent = agent;
  if (agent.outcome === 'cancelled') return finishCancelled(attempt);
  if (agent.outcome === 'blocked' || agent.outcome === 'refused')
    return finish(attempt, { agent, proof: null });
  events.add('check.start', { text: `proving the result with ${input.checks.length} checks` });
  showAttempt(input, 'proves what the agent made', agent);
  const { checks, setup } = input;
  const { verificationSteps } = input.story;
  const proof = await steps.run('proveStory', {
    summary: `${input.story.id} · proof of attempt ${input.attempt}`,
    extraMs: proofLimitMs({ checks, verificationSteps, setup }),
    args: {
      lane,
      base,
      proofLane: input.proofLane,
      checks,
      statePaths: input.statePaths,
      allowCheckChanges: input.options.allowCheckChanges,
      approved: input.approved,
      canaries: input.options.canaries,
      verificationSteps,
      setup,
      baseline: input.baseline,
      existing: input.existing,
      paths: input.paths,
      conflictFiles: input.conflict?.files ?? [],
      head: headOf(input),
      ...limitsOfChange(input),
    },
  });
  return finish(attempt, { agent, proof });
}

/** What the story may not decide by itself. */
function limitsOfChange({ options: { envelope }, granted }: StoryInput) {
  return {
    ...(envelope === undefined ? {} : { envelope }),
    ...(granted === undefined ? {} : { granted }),
  };
}

/** The run, which keeps the story's lease under the id of this workflow. */
function linkOf({ owner, story }: StoryInput): OwnerLink {
  return { owner, story: story.id, holder: workflowInfo().workflowId };
}

function storyPatience({ options }: StoryInput, word: OwnerWord): Patience {
  return new Patience({
    limitMs: options.waitLimitMs,
    limitRule: options.limitRule,
    report: (waiting) => {
      void word.tell({ standstill: waiting });
    },
  });
}

type BegunStory = StepResult<'beginStory'>;

/** Passes what the run says on to the agent, whenever that begins. */
class AgentRelay {
  isPaused: boolean;
  /** The story's own steps wait too. */
  onTryNow: () => void = () => undefined;
  private agent: Child<AgentResult> | undefined;
  /** Grants that came before the agent had a handle. */
  private readonly early: unknown[] = [];

  constructor(isPaused: boolean) {
    this.isPaused = isPaused;
    const { pause, resume, tryNow, grant, message } = AGENT_SIGNALS;
    for (const signal of [pause, resume, tryNow]) takeSignal<[]>(signal, () => this.pass(signal));
    takeSignal(grant, (added) => this.grant(added));
    takeSignal(message, (word) => {
      this.agent?.signal(message, word).catch(() => undefined);
    });
  }

  connect(agent: Child<AgentResult>, wasPaused: boolean): void {
    this.agent = agent;
    if (this.isPaused !== wasPaused)
      this.pass(this.isPaused ? AGENT_SIGNALS.pause : AGENT_SIGNALS.resume);
    const early = this.early.splice(0);
    // Histories of before 'early-grants' dropped them.
    if (early.length > 0 && patched('early-grants')) for (const added of early) this.grant(added);
  }

  private pass(signal: SignalDefinition): void {
    if (signal === AGENT_SIGNALS.pause) this.isPaused = true;
    if (signal === AGENT_SIGNALS.resume) this.isPaused = false;
    if (signal === AGENT_SIGNALS.tryNow) this.onTryNow();
    // An agent that has ended needs no word any more.
    this.agent?.signal(signal).catch(() => undefined);
  }

  private grant(added: unknown): void {
    if (this.agent === undefined) this.early.push(added);
    this.agent?.signal(AGENT_SIGNALS.grant, added).catch(() => undefined);
  }
}

async function runAgent(
  { input, relay, steps }: Attempt,
  { prompt, frozen }: BegunStory,
): Promise<AgentResult> {
  const { options, story, attempt, lane } = input;
  const { isPaused } = relay;
  const { workflowId } = workflowInfo();
  const model = formatModelReference(options.model);
  const limits = options.subAgents ?? DEFAULT_SUB_AGENTS;
  const agentInput: AgentInput = {
    runId: input.runId,
    story: story.id,
    attempt,
    model: options.model,
    contextWindow: options.contextWindow,
    prompt,
    workspace: lane,
    profile: startedProfile(withinLimits(buildProfile(options.maxTurns), limits), frozen),
    isPaused,
    waitLimitMs: options.waitLimitMs,
    ...(options.limitRule === undefined ? {} : { limitRule: options.limitRule }),
    ...(input.owner === undefined ? {} : { owner: input.owner }),
    holder: workflowId,
    ...(input.lease === undefined ? {} : { lease: input.lease }),
    subAgents: limits,
    forks: forksOf(input),
    ...(options.questions === undefined ? {} : { questions: options.questions }),
    ...(input.granted === undefined ? {} : { granted: input.granted }),
  };
  const agent = await startOrTakeOver<AgentResult>(steps, {
    type: WORKFLOW_TYPES.agent,
    workflowId: `${workflowId}/agent`,
    input: agentInput,
    summary: `${story.id} · agent · attempt ${attempt} · ${model}`,
    details: [
      markdownText(story.title),
      `**model** ${markdownCode(model)}, at most ${options.maxTurns} turns`,
      `**lane** ${markdownCode(lane.id)}`,
      `**run** ${markdownCode(input.runId)}`,
    ],
    basis: workflowScope(),
  });
  relay.connect(agent, isPaused);
  return agent.result();
}

/** Attempts of earlier versions keep nothing. */
function startedProfile(profile: AgentProfile, frozen: BegunStory['frozen']): AgentProfile {
  return frozen === undefined ? profile : frozenInto(profile, frozen);
}

/** How lanes are made for agents that the story's agent starts. */
function forksOf({ base, approved, branch, author, setup }: StoryInput): ForkFacts {
  return { base, proven: approved ?? base, branch, author, setup };
}

/** How an attempt ended. */
interface Ending {
  readonly agent: AgentResult;
  readonly proof: Proof | null;
}

async function finish(attempt: Attempt, ending: Ending): Promise<StoryResult> {
  const { input, events, steps, word } = attempt;
  const record = recordOfAttempt(attempt, ending, {
    outcome: attemptOutcome(ending.agent, ending.proof),
    reason: attemptReason(ending.agent, ending.proof),
  });
  showAttempt(input, `${record.outcome}: ${record.reason}`, ending.agent);
  await hooksAtEnd(attempt, record);
  tellEnd(events, record);
  await steps.run('appendEvents', { summary: endSummary(input, record), args: {} });
  await word.heard();
  return { attempt: record, ...ending };
}

/** A cancelled attempt is a result like any other: its spending counts, and its lease comes back. */
function finishCancelled(attempt: Attempt): Promise<StoryResult> {
  const { input, events, steps, word } = attempt;
  const agent = attempt.agent ?? NO_AGENT;
  const record = recordOfAttempt(
    attempt,
    { agent, proof: null },
    { outcome: 'cancelled', reason: 'cancelled by request' },
  );
  showAttempt(input, 'cancelled', agent);
  return CancellationScope.nonCancellable(async () => {
    tellEnd(events, record);
    // One try: whoever cancelled does not wait for a full disk.
    await steps
      .once('appendEvents', { summary: endSummary(input, record), args: {} })
      .catch(() => undefined);
    await word.heard();
    return { attempt: record, agent, proof: null };
  });
}

function endSummary({ story }: StoryInput, { number, outcome }: AttemptRecord): string {
  return `${story.id} · attempt ${number}: ${outcome}`;
}

/** Result of an agent that never began. */
const NO_AGENT: AgentResult = {
  outcome: 'cancelled',
  reason: 'cancelled by request',
  summary: '',
  learnings: [],
  blockers: [],
  spending: ZERO_SPENDING,
  conversation: null,
};

function tellEnd(events: EventBuffer, attempt: AttemptRecord): void {
  for (const evidence of attempt.evidence) {
    events.add('check.end', {
      text: `${evidence.check}: ${describeEnd(evidence)}`,
      data: checkFacts(evidence),
    });
  }
  events.add('attempt.end', { text: attempt.reason, data: { outcome: attempt.outcome } });
}

function describeEnd(evidence: Evidence): string {
  if (isPassing(evidence)) return 'passed';
  const { absence } = evidence;
  if (absence !== undefined)
    return `${absence.kind === 'gone' ? 'gone' : 'absent'} (${absence.why})`;
  const how = evidence.isKnownFailure === true ? 'fails as before the run' : 'failed';
  return `${how} (exit ${evidence.exitCode ?? 'none'})`;
}
