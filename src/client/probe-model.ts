import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  probeResultSchema,
  WORKFLOW_TASK_TIMEOUT_MS,
  WORKFLOW_TYPES,
  type ProbeInput,
  type ProbeResult,
} from '../contracts/index.js';
import { formatModelReference, InfrastructureError, markdownText } from '../domain/index.js';

/** One model to try. */
export interface ProbeRequest {
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly workflowId: string;
  readonly input: ProbeInput;
}

/** How long a person waits for one word. */
const TIMEOUT_MS = 3 * 60_000;

/**
 * Has the worker ask a model for one word. Throws the code of what went wrong, for example `ERR_PROVIDER_AUTH` or
 * `ERR_SECRET_MISSING` (exit 3).
 */
export async function probeModel(request: ProbeRequest): Promise<ProbeResult> {
  const { temporal, input } = request;
  try {
    const result: unknown = await temporal.workflow.execute(WORKFLOW_TYPES.probe, {
      workflowId: request.workflowId,
      taskQueue: request.taskQueue,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      workflowExecutionTimeout: TIMEOUT_MS,
      staticSummary: markdownText(`probe · ${formatModelReference(input.model)}`, 160),
      staticDetails: 'One word of a model, to see whether its key works.',
    });
    return probeResultSchema.parse(result);
  } catch (error) {
    throw error instanceof WorkflowFailedError ? probeFailed(error) : error;
  }
}

function probeFailed(error: WorkflowFailedError): InfrastructureError {
  let cause: unknown = error.cause;
  while (cause instanceof ActivityFailure && cause.cause !== undefined) cause = cause.cause;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  const report: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  return new InfrastructureError(type.startsWith('ERR_') ? type : 'ERR_UNEXPECTED', {
    message: cause instanceof Error ? cause.message : error.message,
    hint: hintOf(report),
    isRetryable: false,
  });
}

function hintOf(report: unknown): string | undefined {
  const hint =
    typeof report === 'object' && report !== null && 'hint' in report ? report.hint : undefined;
  return typeof hint === 'string' ? hint : undefined;
}
