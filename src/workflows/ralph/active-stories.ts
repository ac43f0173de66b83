import { patched, type CancellationScope, type SignalDefinition } from '@temporalio/workflow';
import {
  AGENT_SIGNALS,
  WORKFLOW_TYPES,
  type StoryInput,
  type StoryResult,
} from '../../contracts/index.js';
import {
  addSpending,
  formatModelReference,
  markdownCode,
  markdownNames,
  markdownText,
  ZERO_SPENDING,
  type AgentSpending,
  type Budget,
} from '../../domain/index.js';
import { startOrTakeOver, type Child } from '../lib/child.js';
import { workflowScope } from '../lib/scope.js';
import type { Steps } from '../lib/step.js';

interface ActiveStory {
  readonly scope: CancellationScope;
  readonly task: Promise<void>;
  child: Child<StoryResult> | undefined;
  /** Grants for an agent whose workflow has no handle yet. */
  readonly grants: Budget[];
  /** What the agents of this attempt spent that have ended. */
  spent: AgentSpending;
  /** Set when a person asked to skip it. */
  isSkipped: boolean;
}

/** The stories that are worked on now: how they are started, stopped and spoken to. */
export class ActiveStories {
  private readonly stories = new Map<string, ActiveStory>();
  /** By story: the child workflow that holds its lease; known before the story is taken in. */
  private readonly holders = new Map<string, string>();

  /** How many there are. */
  get size(): number {
    return this.stories.size;
  }

  /** True while somebody works on it, also where its record says already how that ended. */
  has(id: string): boolean {
    return this.stories.has(id);
  }

  /** Takes a story in. */
  add(id: string, work: Pick<ActiveStory, 'scope' | 'task'>): void {
    const child = undefined;
    this.stories.set(id, { ...work, child, grants: [], spent: ZERO_SPENDING, isSkipped: false });
  }

  /** Forgets a story that ended. */
  remove(id: string): void {
    this.stories.delete(id);
    this.holders.delete(id);
  }

  /** Ends a story's attempt because somebody asked to skip it; false when nobody works on it. */
  skip(id: string): boolean {
    const story = this.stories.get(id);
    if (story === undefined) return false;
    story.isSkipped = true;
    story.scope.cancel();
    return true;
  }

  /** True when somebody asked to skip it. */
  isSkipped(id: string): boolean {
    return this.stories.get(id)?.isSkipped === true;
  }

  /** What its agents spent that have ended. */
  spent(id: string): AgentSpending {
    return this.stories.get(id)?.spent ?? ZERO_SPENDING;
  }

  /** Counts what an agent spent that ended without a result. */
  addSpent(id: string, spending: AgentSpending): void {
    const story = this.stories.get(id);
    if (story !== undefined) story.spent = addSpending(story.spent, spending);
  }

  /** Cancels every attempt. */
  cancelAll(): void {
    for (const story of this.stories.values()) story.scope.cancel();
  }

  /** Settles when every attempt has ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.stories.values()].map((story) => story.task));
  }

  /** Id of the child workflow that works on a story now, or is about to. */
  holderOf(id: string): string {
    return this.holders.get(id) ?? id;
  }

  /** The story that a child workflow works on; undefined when it is none of the present ones. */
  storyOf(holder: string): string | undefined {
    for (const [id, held] of this.holders) if (held === holder) return id;
    return undefined;
  }

  /** Notes which child workflow works on a story from now on. */
  setHolder(id: string, holder: string): void {
    this.holders.set(id, holder);
  }

  /** Says something to every agent. */
  tellAll(signal: SignalDefinition): void {
    for (const id of this.stories.keys()) this.tell(id, signal);
  }

  /** Hands a word of a person to the agent of a story. */
  message(id: string, text: string, call?: string): void {
    const word = call === undefined ? { text } : { text, call };
    this.stories
      .get(id)
      ?.child?.signal(AGENT_SIGNALS.message, word)
      .catch(() => undefined);
  }

  private tell(id: string, signal: SignalDefinition): void {
    // An agent that has ended needs no word any more.
    this.stories
      .get(id)
      ?.child?.signal(signal)
      .catch(() => undefined);
  }

  /** Gives a story's agent more of the budget; one that has no handle yet gets it when it has. */
  grant(id: string, added: Budget): void {
    const story = this.stories.get(id);
    if (story?.child === undefined) story?.grants.push(added);
    story?.child?.signal(AGENT_SIGNALS.grant, { added }).catch(() => undefined);
  }

  /** Hands in what was granted before the agent had a handle; histories of before 'early-grants' dropped it. */
  private handInGrants(id: string): void {
    const early = this.stories.get(id)?.grants.splice(0) ?? [];
    if (early.length === 0 || !patched('early-grants')) return;
    for (const added of early) this.grant(id, added);
  }

  /** Runs the workflow of an attempt, or of the agent that resolves its merge conflict. */
  async run(
    input: StoryInput,
    workflowId: string,
    run: { readonly isPaused: () => boolean; readonly steps: Steps },
  ): Promise<StoryResult> {
    const { story, attempt } = input;
    const before = this.stories.get(story.id);
    // The agent before this one has ended: what is granted from now on is for the one that starts.
    if (before?.child !== undefined && patched('early-grants')) before.child = undefined;
    const child = await startOrTakeOver<StoryResult>(run.steps, {
      type: WORKFLOW_TYPES.story,
      workflowId,
      input,
      summary: `${story.id} · attempt ${attempt} · ${story.title}`,
      details: storyDetails(input),
      basis: `${workflowScope()} ${input.base} ${input.conflict?.tree ?? ''}`,
    });
    // Looked up again: a story is taken in only after its first step was begun.
    const active = this.stories.get(story.id);
    if (active !== undefined) active.child = child;
    const isPaused = run.isPaused();
    if (isPaused !== (input.isPaused ?? false))
      await child.signal(isPaused ? AGENT_SIGNALS.pause : AGENT_SIGNALS.resume);
    this.handInGrants(story.id);
    const result = await child.result();
    this.addSpent(story.id, result.attempt.spending);
    return result;
  }
}

const CRITERIA_SHOWN = 20;

/** What the attempt is about, for those who look at it in Temporal's web interface. */
function storyDetails({ story, attempt, options, branch, runId, checks }: StoryInput): string[] {
  return [
    markdownText(story.title),
    `**attempt** ${attempt} of ${options.maxAttempts}`,
    `**model** ${markdownCode(formatModelReference(options.model))}`,
    `**checks** ${markdownNames(checks.map(({ name }) => name))}`,
    `**branch** ${markdownCode(branch)}`,
    `**run** ${markdownCode(runId)}`,
    ...story.acceptanceCriteria
      .slice(0, CRITERIA_SHOWN)
      .map((text) => `must: ${markdownText(text, 150)}`),
  ];
}
