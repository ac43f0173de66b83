import type { AssistantMessage, ToolCall } from '../../domain/index.js';
import { redactJson, redactText, redactValues } from '../../observability/index.js';

/**
 * What a model wrote, without keys, as it is stored and sent again: models quote what they remember of a key, and a
 * conversation outlives the run. A call that lost one is marked.
 */
export function withoutKeys(message: AssistantMessage): AssistantMessage {
  const { providerExtras: extras, ...rest } = message;
  const clean = {
    ...rest,
    content: redactText(message.content),
    toolCalls: message.toolCalls.map(callWithoutKeys),
  };
  if (extras === undefined) return clean;
  // Signed reasoning is void with one letter changed: it is left out then, as a whole.
  return redactValues(extras.data) === extras.data ? { ...clean, providerExtras: extras } : clean;
}

function callWithoutKeys(call: ToolCall): ToolCall {
  const text = redactJson(call.arguments);
  return text === call.arguments ? call : { ...call, arguments: text, isRedacted: true };
}
