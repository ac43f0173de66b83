import { SEARCH_ATTRIBUTES, WORKFLOW_TASK_TIMEOUT_MS } from '../contracts/index.js';
import { formatModelReference, markdownText, type ModelReference } from '../domain/index.js';

/** Input of a run's workflow, as far as its start depends on it. */
interface StartedInput {
  readonly runId: string;
  readonly project: string;
  readonly hasSearchAttributes: boolean;
}

/** A run to start, and what it is about for those who look at it in Temporal's web interface. */
interface StartedRun<Input extends StartedInput> {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: Input;
  readonly kind: 'ralph' | 'proof' | 'swarm' | 'rlm' | 'session' | 'task';
  /** Repository or folder, absolute. */
  readonly place: string;
  /** Text from outside; it is made harmless here. */
  readonly about: string;
  /** Lines of Markdown; text from outside has come through `markdownText`. */
  readonly details: readonly string[];
  /** Null where no model works. */
  readonly model: ModelReference | null;
}

const SUMMARY_LIMIT = 160;

/** How the workflow of a run is started: at most one open under its id. */
export function startOptions<Input extends StartedInput>(run: StartedRun<Input>) {
  const { workflowId, taskQueue, input, kind, place, about, details, model } = run;
  const attributes = [
    { key: SEARCH_ATTRIBUTES.kind, value: kind },
    { key: SEARCH_ATTRIBUTES.repository, value: place },
    { key: SEARCH_ATTRIBUTES.project, value: input.project },
    ...(model === null
      ? []
      : [{ key: SEARCH_ATTRIBUTES.model, value: formatModelReference(model) }]),
  ];
  return {
    workflowId,
    taskQueue,
    args: [input] as [Input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    workflowIdConflictPolicy: 'FAIL',
    // An ended one may be followed by another.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: markdownText(`${kind} · ${input.project}: ${about}`, SUMMARY_LIMIT),
    staticDetails: details.map((line) => `- ${line}`).join('\n'),
    memo: { runId: input.runId },
    typedSearchAttributes: input.hasSearchAttributes ? attributes : [],
  } as const;
}
