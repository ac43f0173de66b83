import {
  SEARCH_ATTRIBUTES,
  WORKFLOW_TASK_TIMEOUT_MS,
  type SwarmInput,
} from '../contracts/index.js';
import {
  formatModelReference,
  markdownCode,
  markdownNames,
  markdownText,
  type RunPlan,
} from '../domain/index.js';

/** How the workflow of a swarm is started; one that goes on has the id of the one before, which has ended. */
export function swarmStart(workflowId: string, taskQueue: string, input: SwarmInput) {
  const { runId, repository, project, options } = input;
  return {
    workflowId,
    taskQueue,
    args: [input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: markdownText(`swarm · ${project}: ${input.task}`, 160),
    staticDetails: startDetails(input),
    memo: { runId },
    typedSearchAttributes: input.hasSearchAttributes
      ? [
          { key: SEARCH_ATTRIBUTES.kind, value: 'swarm' },
          { key: SEARCH_ATTRIBUTES.repository, value: repository },
          { key: SEARCH_ATTRIBUTES.project, value: project },
          { key: SEARCH_ATTRIBUTES.model, value: formatModelReference(options.model) },
        ]
      : [],
  } as const;
}

function startDetails(input: SwarmInput): string {
  const { runId, repository, branch, task, strategy, subtasks, options, checks } = input;
  return [
    markdownText(task),
    `**run** ${markdownCode(runId)}`,
    `**repository** ${markdownCode(repository)}`,
    `**branch** ${markdownCode(branch)}`,
    `**model** ${markdownCode(formatModelReference(options.model))}`,
    `**strategy** ${strategy}, at most ${options.parallel} at once`,
    subtasks.length === 0 ? '**subtasks** planned by the model' : `**subtasks** ${subtasks.length}`,
    `**checks** ${markdownNames(checks.map(({ name }) => name))}`,
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

/** What a swarm is held to. */
export function planOfSwarm(input: SwarmInput): RunPlan {
  const { runId, repository, workdir, branch, checks, setup } = input;
  return { version: 1, runId, repository, prdPath: '', workdir, branch, checks, setup };
}
