import { z } from 'zod';
import {
  keepEnds,
  visible,
  type TaskArtifact,
  type TaskUpdate,
  type TaskView,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import type { TaskEnd } from '../wire/protocol.js';
import { verdictOf, type Stage } from './session.js';

/** Characters of one output; platforms keep a thousand of them in memory. */
const OUTPUT_CHARACTERS = 4000;
/** Characters of a result; platforms keep it in a row of their database. */
const RESULT_CHARACTERS = 200_000;
const ERROR_CHARACTERS = 4000;

/** What the platform shows of an update; undefined for one that says nothing to people. */
export function outputOf(update: TaskUpdate): string | undefined {
  const text = textOf(update);
  return text === undefined || text.trim() === '' ? undefined : shown(text, OUTPUT_CHARACTERS);
}

function textOf(update: TaskUpdate): string | undefined {
  if (update.kind === 'status') return statusText(update);
  if (update.kind === 'artifact') {
    const { name, artifactId, bytes, text } = update.artifact;
    // What is large or for programs is named; the answer is the result.
    return artifactId === 'branch'
      ? `branch: ${branchOf(text).branch ?? name}`
      : `made ${name} (${bytes} bytes)`;
  }
  if (update.message.role === 'user') return undefined;
  return update.message.parts
    .flatMap((part) => (part.kind === 'text' ? [part.text] : []))
    .join('\n');
}

function statusText({ state, text, options }: Extract<TaskUpdate, { kind: 'status' }>): string {
  const isAsked = state === 'input-required' || state === 'auth-required';
  const head = isAsked ? 'waits for an answer' : state;
  const choices = options === undefined || options.length === 0 ? '' : ` [${options.join(' | ')}]`;
  return text === null ? `${head}${choices}` : `${head}: ${text}${choices}`;
}

/** What the platform is told at a task's end. `whole` = text of an artifact, whatever its size. */
export async function endOf(
  view: TaskView,
  stage: Stage | undefined,
  whole: (artifact: TaskArtifact) => Promise<string>,
): Promise<TaskEnd> {
  const answer = artifactOf(view, 'answer') ?? artifactOf(view, 'report');
  const text = answer === undefined ? lastWords(view) : await whole(answer);
  const isDone = view.state === 'completed';
  const canceled = view.state === 'canceled' ? 'cancelled' : 'failed';
  return {
    status: isDone ? 'completed' : canceled,
    sessionId: view.contextId,
    result: text === '' ? undefined : shown(text, RESULT_CHARACTERS),
    error: isDone
      ? undefined
      : shown(view.text ?? `the task ended as ${view.state}`, ERROR_CHARACTERS),
    facts: factsOf(view, stage, text),
  };
}

function artifactOf({ artifacts }: TaskView, id: string): TaskArtifact | undefined {
  return artifacts.find(({ artifactId }) => artifactId === id);
}

/** What programs of the platform look at; what is not known is left out. */
function factsOf(view: TaskView, stage: Stage | undefined, text: string): Record<string, string> {
  const { branch, commit } = branchOf(artifactOf(view, 'branch')?.text ?? '');
  const facts = {
    workflow_stage: stage,
    verdict: stage === 'review' ? verdictOf(text) : undefined,
    branch_name: branch?.slice(0, 255),
    head_sha: commit?.slice(0, 64),
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
}

const branchSchema = z.object({
  branch: z.string().optional(),
  head_commit: z.string().optional(),
});

/** The branch that a task left, which its artifact names as JSON. */
function branchOf(text: string): {
  readonly branch?: string | undefined;
  readonly commit?: string | undefined;
} {
  try {
    const { branch, head_commit: commit } = branchSchema.parse(JSON.parse(text));
    return { branch, commit };
  } catch {
    return {};
  }
}

/** What the agent said last, or the line of its state. */
function lastWords({ history, text }: TaskView): string {
  const said = history.findLast(({ role }) => role === 'agent');
  const words = said?.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) ?? [];
  return words.length > 0 ? words.join('\n') : (text ?? '');
}

/** Text of agents as it leaves this machine: without secrets, and without what a screen would obey. */
function shown(text: string, most: number): string {
  return keepEnds(visible(redactText(text)), most);
}
