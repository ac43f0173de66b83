import type { A2ARequestHandler } from '@a2a-js/sdk/server';
import {
  type Artifact,
  type Message,
  Role,
  type SendMessageRequest,
  type StreamResponse,
  type Task,
} from '@a2a-js/sdk';
import type { FakeAgent, FakeTask } from './fake-tasks.js';
import { artifact } from './fake-tasks.js';

/** Twice what the kit waits for an event of a stream. */
const LONG_MS = 4000;

type Step = (task: FakeTask) => void;
const state =
  (
    name: 'working' | 'completed' | 'input-required' | 'rejected',
    text: string | null = null,
  ): Step =>
  (task) =>
    task.tell({ kind: 'status', state: name, text });
const text =
  (content: string, artifactId = 'answer'): Step =>
  (task) =>
    task.tell({
      kind: 'artifact',
      artifact: artifact(content, { artifactId, name: 'output.txt', mediaType: 'text/plain' }),
    });
const data: Step = (task) =>
  task.tell({
    kind: 'artifact',
    artifact: artifact('{"key":"value","count":42}', {
      name: 'output.json',
      mediaType: 'application/json',
    }),
  });

/** What the kit's scenarios want, by the beginning of the message's id; the longest that fits counts. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  'tck-complete-task': [state('working'), state('completed', 'Hello from TCK')],
  'tck-artifact-text': [text('Generated text content'), state('completed')],
  'tck-artifact-file': [text('file content', 'file'), state('completed')],
  'tck-artifact-file-url': [text('file content', 'file-url'), state('completed')],
  'tck-artifact-data': [data, state('completed')],
  'tck-input-required': [state('input-required', 'What next?')],
  'tck-reject-task': [state('rejected', 'rejected')],
  'tck-stream-001': [state('working'), text('Stream hello from TCK'), state('completed')],
  'tck-stream-002': [state('completed')],
  'tck-stream-003': [state('working'), text('Stream task lifecycle'), state('completed')],
  'tck-stream-ordering-001': [state('working'), text('Ordered output'), state('completed')],
  'tck-stream-artifact-text': [state('working'), text('Streamed text content'), state('completed')],
  'tck-stream-artifact-file': [state('working'), text('file content', 'file'), state('completed')],
  'tck-stream-artifact-chunked': [
    state('working'),
    text('chunk-1 ', 'chunk-first'),
    text('chunk-2', 'chunk-last'),
    state('completed'),
  ],
};

function scenario(messageId: string): readonly Step[] {
  const names = Object.keys(SCENARIOS).filter((name) => messageId.startsWith(name));
  const [longest] = names.sort((left, right) => right.length - left.length);
  return SCENARIOS[longest ?? 'tck-complete-task'] ?? [];
}

/** The agent that the public conformance kit wants to find behind a server. */
export const tckAgent: FakeAgent = (task, answer) => {
  if (answer !== undefined) return state('completed', 'thank you')(task);
  const { messageId } = task.order.message;
  if (messageId.startsWith('test-resubscribe-message-id')) {
    state('working')(task);
    setTimeout(() => state('completed')(task), LONG_MS).unref();
    return;
  }
  for (const step of scenario(messageId)) step(task);
};

/**
 * What the kit wants and tasks of ours never do: an answer that is a bare message, and artifacts in other kinds of parts or in
 * pieces. And the kit sends different messages under one id, which ours takes for one message that came again. It is put around the
 * operations, so that everything else is the server's own.
 */
export function tckAround(handler: A2ARequestHandler): A2ARequestHandler {
  const seen = new Map<string, number>();
  const ownId = (params: SendMessageRequest): SendMessageRequest => {
    const { message } = params;
    if (message === undefined) return params;
    const count = seen.get(message.messageId) ?? 0;
    seen.set(message.messageId, count + 1);
    const messageId = count === 0 ? message.messageId : `${message.messageId}-${count}`;
    return { ...params, message: { ...message, messageId } };
  };
  const wrapped: Partial<A2ARequestHandler> = {
    async sendMessage(params, context) {
      if (isMessageOnly(params.message)) return directMessage(params.message?.contextId ?? '');
      const given = await handler.sendMessage(ownId(params), context);
      return 'artifacts' in given ? shapedTask(given) : given;
    },
    async *sendMessageStream(params, context) {
      if (isMessageOnly(params.message)) {
        const value = directMessage(params.message?.contextId ?? '');
        yield { payload: { $case: 'message', value } };
        return;
      }
      for await (const event of handler.sendMessageStream(ownId(params), context))
        yield shaped(event);
    },
    async *resubscribe(params, context) {
      for await (const event of handler.resubscribe(params, context)) yield shaped(event);
    },
    getTask: async (params, context) => shapedTask(await handler.getTask(params, context)),
  };
  return new Proxy(handler, {
    get(target, name) {
      const own: unknown = Reflect.get(wrapped, name);
      if (own !== undefined) return own;
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]): unknown => Reflect.apply(method, target, given);
    },
  });
}

function isMessageOnly(message: Message | undefined): boolean {
  return /^tck-(?:message-response|stream-002)/.test(message?.messageId ?? '');
}

function directMessage(contextId: string): Message {
  return {
    messageId: 'direct',
    contextId: contextId === '' ? 'context-of-a-message' : contextId,
    taskId: '',
    role: Role.ROLE_AGENT,
    parts: [
      {
        content: { $case: 'text', value: 'Direct message response' },
        filename: '',
        mediaType: '',
        metadata: undefined,
      },
    ],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

function shapedTask(task: Task): Task {
  return { ...task, artifacts: task.artifacts.map(shapedArtifact) };
}

function shaped(event: StreamResponse): StreamResponse {
  const { payload } = event;
  if (payload?.$case === 'task')
    return { payload: { $case: 'task', value: shapedTask(payload.value) } };
  if (payload?.$case !== 'artifactUpdate' || payload.value.artifact === undefined) return event;
  const { artifactId } = payload.value.artifact;
  return {
    payload: {
      $case: 'artifactUpdate',
      value: {
        ...payload.value,
        artifact: shapedArtifact(payload.value.artifact),
        append: artifactId === 'chunk-last',
        lastChunk: artifactId !== 'chunk-first',
      },
    },
  };
}

function shapedArtifact(artifact: Artifact): Artifact {
  const { artifactId } = artifact;
  const parts = artifact.parts.map((part) => {
    if (artifactId === 'file' && part.content?.$case === 'text') {
      const value = Buffer.from(part.content.value);
      return { ...part, content: { $case: 'raw' as const, value } };
    }
    if (artifactId === 'file-url') {
      const value = 'https://example.com/output.txt';
      return { ...part, content: { $case: 'url' as const, value } };
    }
    return part;
  });
  return { ...artifact, artifactId: artifactId.startsWith('chunk') ? 'chunks' : artifactId, parts };
}
