import {
  type Client,
  ClientFactory,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import { Role, type SendMessageRequest, type StreamResponse } from '@a2a-js/sdk';

/** Transports of the SDK's client. */
export type ClientTransport = 'JSONRPC' | 'HTTP+JSON' | 'JSONRPC 0.3';

/** The client of `@a2a-js/sdk`, made from the card that the server hands out. */
export async function npmClient(
  url: string,
  { transport, token }: { readonly transport: ClientTransport; readonly token?: string },
): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
  const isOld = transport === 'JSONRPC 0.3';
  const factory = new ClientFactory({
    transports:
      transport === 'HTTP+JSON'
        ? [new RestTransportFactory({ fetchImpl })]
        : [new JsonRpcTransportFactory({ fetchImpl, legacyCompat: { enabled: isOld } })],
  });
  if (!isOld) return factory.createFromUrl(url);
  const { agentCard } = await import('../../../src/api/a2a/card.js');
  const card = agentCard({ version: '1', baseUrl: url, needsToken: false, hasPush: true });
  const supportedInterfaces = card.supportedInterfaces.filter(
    (one) => one.protocolVersion === '0.3',
  );
  return factory.createFromAgentCard({ ...card, supportedInterfaces });
}

/** A request with one text. */
export function request(
  text: string,
  more: {
    readonly taskId?: string;
    readonly contextId?: string;
    readonly messageId?: string;
    readonly returnImmediately?: boolean;
    readonly metadata?: Record<string, unknown>;
  } = {},
): SendMessageRequest {
  return {
    tenant: '',
    metadata: undefined,
    configuration: {
      acceptedOutputModes: [],
      taskPushNotificationConfig: undefined,
      historyLength: undefined,
      returnImmediately: more.returnImmediately ?? false,
    },
    message: {
      messageId: more.messageId ?? `m-${Math.random().toString(36).slice(2)}`,
      contextId: more.contextId ?? '',
      taskId: more.taskId ?? '',
      role: Role.ROLE_USER,
      parts: [
        {
          content: { $case: 'text', value: text },
          metadata: undefined,
          filename: '',
          mediaType: '',
        },
      ],
      metadata: more.metadata,
      extensions: [],
      referenceTaskIds: [],
    },
  };
}

/** All events of a stream. */
export async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** `task`, `statusUpdate 3` and so on: what an event is, and its state. */
export function shape({ payload }: StreamResponse): string {
  if (payload === undefined) return 'none';
  if (payload.$case !== 'task' && payload.$case !== 'statusUpdate') return payload.$case;
  return `${payload.$case} ${payload.value.status?.state}`;
}
