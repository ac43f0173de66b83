import {
  SEARCH_ATTRIBUTES,
  WORKFLOW_TASK_TIMEOUT_MS,
  type ProofInput,
} from '../contracts/index.js';
import { markdownCode, markdownNames, markdownText, type RunPlan } from '../domain/index.js';

/** How the workflow of a proof is started. */
export function proofStart(workflowId: string, taskQueue: string, input: ProofInput) {
  const { runId, base, head } = input;
  return {
    workflowId,
    taskQueue,
    args: [input],
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    workflowIdConflictPolicy: 'FAIL',
    staticSummary: markdownText(`proof · ${input.project}: ${head.name} on ${base.name}`, 160),
    staticDetails: startDetails(input),
    memo: { runId },
    typedSearchAttributes: input.hasSearchAttributes
      ? [
          { key: SEARCH_ATTRIBUTES.kind, value: 'proof' },
          { key: SEARCH_ATTRIBUTES.repository, value: input.repository },
          { key: SEARCH_ATTRIBUTES.project, value: input.project },
        ]
      : [],
  } as const;
}

function startDetails({ runId, repository, base, head, checks, canaries }: ProofInput): string {
  return [
    `**run** ${markdownCode(runId)}`,
    `**repository** ${markdownCode(repository)}`,
    `**base** ${markdownText(base.name)} ${markdownCode(base.commit)}`,
    `**head** ${markdownText(head.name)} ${markdownCode(head.commit)}`,
    `**checks** ${markdownNames(checks.map(({ name }) => name))}`,
    `**canaries** ${canaries}`,
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

/** What a proof is held to. */
export function planOfProof(input: ProofInput): RunPlan {
  const { runId, repository, workdir, checks, setup, head } = input;
  return { version: 1, runId, repository, prdPath: '', workdir, branch: head.name, checks, setup };
}
