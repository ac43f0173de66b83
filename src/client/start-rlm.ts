import type { RlmInput } from '../contracts/index.js';
import {
  formatModelReference,
  markdownCode,
  markdownText,
  NO_SETUP,
  type RunPlan,
} from '../domain/index.js';
import { startOptions } from './start-options.js';

/** How the workflow of a question is started; one that goes on has the id of the one before, which has ended. */
export function rlmStart(workflowId: string, taskQueue: string, input: RlmInput) {
  const { runId, folder, options, query, files, subModel } = input;
  return startOptions({
    workflowId,
    taskQueue,
    input,
    kind: 'rlm',
    place: folder,
    about: query,
    model: options.model,
    details: [
      markdownText(query),
      `**run** ${markdownCode(runId)}`,
      `**folder** ${markdownCode(folder)}`,
      `**model** ${markdownCode(formatModelReference(options.model))}`,
      `**sub-model** ${markdownCode(formatModelReference(subModel))}`,
      `**files** ${files.length}`,
    ],
  });
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
