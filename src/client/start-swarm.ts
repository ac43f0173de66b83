import type { SwarmInput } from '../contracts/index.js';
import {
  formatModelReference,
  markdownCode,
  markdownNames,
  markdownText,
  type RunPlan,
} from '../domain/index.js';
import { startOptions } from './start-options.js';

/** How the workflow of a swarm is started; one that goes on has the id of the one before, which has ended. */
export function swarmStart(workflowId: string, taskQueue: string, input: SwarmInput) {
  const { runId, repository, branch, task, strategy, subtasks, options, checks } = input;
  return startOptions({
    workflowId,
    taskQueue,
    input,
    kind: 'swarm',
    place: repository,
    about: task,
    model: options.model,
    details: [
      markdownText(task),
      `**run** ${markdownCode(runId)}`,
      `**repository** ${markdownCode(repository)}`,
      `**branch** ${markdownCode(branch)}`,
      `**model** ${markdownCode(formatModelReference(options.model))}`,
      `**strategy** ${strategy}, at most ${options.parallel} at once`,
      subtasks.length === 0
        ? '**subtasks** planned by the model'
        : `**subtasks** ${subtasks.length}`,
      `**checks** ${markdownNames(checks.map(({ name }) => name))}`,
    ],
  });
}

/** What a swarm is held to. */
export function planOfSwarm(input: SwarmInput): RunPlan {
  const { runId, repository, workdir, branch, checks, setup } = input;
  return { version: 1, runId, repository, prdPath: '', workdir, branch, checks, setup };
}
