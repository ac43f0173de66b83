import type { ProofInput } from '../contracts/index.js';
import { markdownCode, markdownNames, markdownText, type RunPlan } from '../domain/index.js';
import { startOptions } from './start-options.js';

/** How the workflow of a proof is started. */
export function proofStart(workflowId: string, taskQueue: string, input: ProofInput) {
  const { runId, repository, base, head, checks, canaries } = input;
  return startOptions({
    workflowId,
    taskQueue,
    input,
    kind: 'proof',
    place: input.repository,
    about: `${head.name} on ${base.name}`,
    model: null,
    details: [
      `**run** ${markdownCode(runId)}`,
      `**repository** ${markdownCode(repository)}`,
      `**base** ${markdownText(base.name)} ${markdownCode(base.commit)}`,
      `**head** ${markdownText(head.name)} ${markdownCode(head.commit)}`,
      `**checks** ${markdownNames(checks.map(({ name }) => name))}`,
      `**canaries** ${canaries}`,
    ],
  });
}

/** What a proof is held to. */
export function planOfProof(input: ProofInput): RunPlan {
  const { runId, repository, workdir, checks, setup, head } = input;
  return { version: 1, runId, repository, prdPath: '', workdir, branch: head.name, checks, setup };
}
