import { SEARCH_ATTRIBUTES, WORKFLOW_TASK_TIMEOUT_MS, type RlmInput } from '../contracts/index.js';
import {
  formatModelReference,
  markdownCode,
  markdownText,
  NO_SETUP,
  type RunPlan,
} from '../domain/index.js';

/** How the workflow of a question is started; one that goes on has the id of the one before, which has ended. */
export function rlmStart(workflowId: string, taskQueue: string, input: RlmInput) {
  const { runId, folder, project, options, query, files } = input;
  return {
    workflowId,
    taskQueue,
    args: [input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: markdownText(`rlm · ${project}: ${query}`, 160),
    staticDetails: [
      markdownText(query),
      `**run** ${markdownCode(runId)}`,
      `**folder** ${markdownCode(folder)}`,
      `**model** ${markdownCode(formatModelReference(options.model))}`,
      `**sub-model** ${markdownCode(formatModelReference(input.subModel))}`,
      `**files** ${files.length}`,
    ]
      .map((line) => `- ${line}`)
      .join('\n'),
    memo: { runId },
    typedSearchAttributes: input.hasSearchAttributes
      ? [
          { key: SEARCH_ATTRIBUTES.kind, value: 'rlm' },
          { key: SEARCH_ATTRIBUTES.repository, value: folder },
          { key: SEARCH_ATTRIBUTES.project, value: project },
          { key: SEARCH_ATTRIBUTES.model, value: formatModelReference(options.model) },
        ]
      : [],
  } as const;
}

/** What a question is held to: it has no checks and no branch. */
export function planOfRlm({ runId, folder }: RlmInput): RunPlan {
  return {
    version: 1,
    runId,
    repository: folder,
    prdPath: '',
    workdir: '.',
    branch: '',
    checks: [],
    setup: NO_SETUP,
  };
}
