import type { RalphInput } from '../contracts/index.js';
import {
  formatModelReference,
  markdownCode,
  markdownNames,
  type RunPlan,
} from '../domain/index.js';
import { startOptions } from './start-options.js';

/** How the workflow of a Ralph run is started: one open run a branch. */
export function ralphStart(workflowId: string, taskQueue: string, input: RalphInput) {
  const { runId, repository, prdPath, branch, options, checks, stories } = input;
  return startOptions({
    workflowId,
    taskQueue,
    input,
    kind: 'ralph',
    place: repository,
    about: input.feature,
    model: options.model,
    details: [
      `**run** ${markdownCode(runId)}`,
      `**repository** ${markdownCode(repository)}`,
      `**PRD** ${markdownCode(prdPath)}`,
      `**branch** ${markdownCode(branch)}`,
      `**model** ${markdownCode(formatModelReference(options.model))}`,
      `**checks** ${markdownNames(checks.map(({ name }) => name))}`,
      `**stories** ${stories.length}, at most ${options.maxAttempts} attempts each`,
    ],
  });
}

/** What a run is held to. */
export function planOfRalph(input: RalphInput): RunPlan {
  const { runId, repository, prdPath, workdir, branch, checks, setup } = input;
  return { version: 1, runId, repository, prdPath, workdir, branch, checks, setup };
}
