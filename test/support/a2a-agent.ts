import { once } from 'node:events';
import type { Message, Part, Task, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { jsonRpcHandler, restHandler, UserBuilder } from '@a2a-js/sdk/server/express';
import express from 'express';
import { onTestFinished } from 'vitest';

/** A part of text. */
export function textPart(value: string): Part {
  return { content: { $case: 'text', value }, metadata: undefined, filename: '', mediaType: '' };
}

function said(context: RequestContext, text: string): Message {
  return {
    messageId: `agent-${text}`,
    taskId: context.taskId,
    contextId: context.contextId,
    role: 2,
    parts: [textPart(text)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

/** Numbers of the states in the protocol's description. */
export const STATE = { working: 2, completed: 3, failed: 4, canceled: 5, asking: 6 } as const;

/**
 * An agent of the protocol's own library on loopback. What it is told decides what it does: `fail`, `ask` (then `yes` completes it),
 * `work` (until it is cancelled), `answer` (a message and no task), anything else is completed with an artifact that echoes it.
 */
export async function a2aAgent(options: { readonly isLegacy?: boolean } = {}) {
  const told: Message[] = [];
  const app = express();
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const version = options.isLegacy === true ? '0.3' : '1.0';
  const card = {
    name: 'echo',
    description: 'says it again',
    version: '1.2.3',
    provider: undefined,
    supportedInterfaces: [
      { url: `${url}/rpc`, protocolBinding: 'JSONRPC', tenant: '', protocolVersion: version },
      ...(options.isLegacy === true
        ? []
        : [
            {
              url: `${url}/rest`,
              protocolBinding: 'HTTP+JSON',
              tenant: '',
              protocolVersion: version,
            },
          ]),
    ],
    capabilities: { streaming: true, pushNotifications: false, extensions: [] },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [],
    signatures: [],
  };
  const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor(told));
  const shared = {
    requestHandler,
    userBuilder: UserBuilder.noAuthentication,
    legacyCompat: { enabled: true },
  };
  app.get('/.well-known/agent-card.json', (_request, response) => void response.json(card));
  app.use('/rpc', jsonRpcHandler(shared));
  app.use('/rest', restHandler(shared));
  return { url, told };
}

function executor(told: Message[]): AgentExecutor {
  const publish = (
    bus: ExecutionEventBus,
    context: RequestContext,
    { state, text }: { state: TaskState; text: string },
  ): void =>
    bus.publish(
      AgentEvent.statusUpdate({
        taskId: context.taskId,
        contextId: context.contextId,
        status: { state, message: said(context, text), timestamp: new Date(0).toISOString() },
        metadata: undefined,
      }),
    );
  const open = new Map<string, RequestContext>();
  return {
    async execute(context, bus) {
      told.push(context.userMessage);
      const content = context.userMessage.parts[0]?.content;
      const text = content?.$case === 'text' ? content.value : `(${content?.$case})`;
      if (text === 'answer') {
        bus.publish(AgentEvent.message(said(context, 'just so')));
        return bus.finished();
      }
      open.set(context.taskId, context);
      bus.publish(AgentEvent.task(context.task ?? newTask(context)));
      publish(bus, context, { state: STATE.working, text: 'at it' });
      if (text === 'work') return;
      if (text === 'ask') publish(bus, context, { state: STATE.asking, text: 'sure?' });
      else if (text === 'fail') publish(bus, context, { state: STATE.failed, text: 'no good' });
      else {
        bus.publish(
          AgentEvent.artifactUpdate({
            taskId: context.taskId,
            contextId: context.contextId,
            artifact: {
              artifactId: 'echo',
              name: 'echo.txt',
              description: '',
              parts: [textPart(text)],
              metadata: undefined,
              extensions: [],
            },
            append: false,
            lastChunk: true,
            metadata: undefined,
          }),
        );
        publish(bus, context, { state: STATE.completed, text: 'done' });
      }
      bus.finished();
      return Promise.resolve();
    },
    async cancelTask(taskId, bus) {
      const context = open.get(taskId);
      if (context === undefined) throw new Error('unknown task');
      publish(bus, context, { state: STATE.canceled, text: 'stopped' });
      bus.finished();
      return Promise.resolve();
    },
  };
}

function newTask({ taskId, contextId, userMessage }: RequestContext): Task {
  return {
    id: taskId,
    contextId,
    status: { state: 1, message: undefined, timestamp: new Date(0).toISOString() },
    artifacts: [],
    history: [userMessage],
    metadata: undefined,
  };
}
