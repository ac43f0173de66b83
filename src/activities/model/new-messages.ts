import type {
  AssistantMessage,
  ToolCall,
  BlobRef,
  Message,
  NewMessage,
} from '../../domain/index.js';
import { redactJson, redactText, redactValues } from '../../observability/index.js';
import type { BlobStore } from '../../platform/index.js';
import { BUILD_SYSTEM_PROMPT } from './system-prompt.js';

/** What of a model call says which messages it adds. */
export interface AddedMessages {
  readonly head: BlobRef | null;
  readonly newMessages: readonly NewMessage[];
  readonly systemPromptRef?: BlobRef | null | undefined;
  readonly workdirNote?: string | undefined;
}

/** The messages that a call adds; a new conversation begins with the frozen system prompt. */
export async function newMessagesOf(input: AddedMessages, blobs: BlobStore): Promise<Message[]> {
  const added = await Promise.all(
    input.newMessages.map((message) => resolveMessage(message, blobs)),
  );
  if (input.head !== null) return added;
  const ref = input.systemPromptRef ?? null;
  const system: Message = {
    role: 'system',
    content: ref === null ? BUILD_SYSTEM_PROMPT : await blobs.getText(ref),
  };
  const [first, ...rest] = added;
  if (input.workdirNote === undefined) return [system, ...added];
  if (first?.role === 'user') {
    return [system, { role: 'user', content: `${input.workdirNote}\n\n${first.content}` }, ...rest];
  }
  return [system, { role: 'user', content: input.workdirNote }, ...added];
}

async function resolveMessage(message: NewMessage, blobs: BlobStore): Promise<Message> {
  switch (message.kind) {
    case 'user':
      return { role: 'user', content: redactText(message.text) };
    case 'user-ref':
      return { role: 'user', content: redactText(await blobs.getText(message.ref)) };
    case 'tool':
    case 'tool-text': {
      const text = message.kind === 'tool' ? await blobs.getText(message.ref) : message.text;
      const content = redactText(text);
      return {
        role: 'tool',
        callId: message.callId,
        name: message.name,
        content,
        isError: message.isError,
        ...('attachments' in message ? { attachments: message.attachments } : {}),
      };
    }
  }
}

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
