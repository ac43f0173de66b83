import type { ToolCallSummary } from '../../src/domain/agent/tool-call.js';
import { fakeCall } from './fake-activities.js';

/** A call that the workflow answers. */
export function workflowCall(name: string, id: string, input: object): ToolCallSummary {
  const digest = `digest-${id}`;
  return fakeCall(name, { id, digest, execution: 'workflow', arguments: JSON.stringify(input) });
}
