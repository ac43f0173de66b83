import type {
  ListTasksResponse,
  Message,
  SendMessageRequest,
  StreamResponse,
  Task,
} from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import {
  EVENT_SEQUENCE,
  fieldsOf,
  type RemoteArtifact,
  type RemoteMessage,
  type RemoteTask,
  type TaskPart,
  type TaskState,
} from '../../domain/index.js';
import {
  chosenCard,
  readCard,
  shownCard,
  type AgentTransport,
  type ShownCard,
} from './agent-card.js';
import { agentFetch, type Fetch } from './agent-fetch.js';
import type { StreamPlaces } from './event-stream.js';
import { explainFailure } from './failure.js';
import {
  answeredTask,
  remoteArtifact,
  remoteMessage,
  remoteStatus,
  remoteTask,
  stateNumber,
} from './remote-view.js';

/** How an agent is reached. */
export interface AgentAccess {
  /** What people call it: its name in the configuration, or its address. */
  readonly name: string;
  readonly url: string;
  readonly token?: string | undefined;
  readonly fetch: Fetch;
  readonly transport?: AgentTransport | undefined;
  /** Of one request, not of a stream. */
  readonly timeoutMs: number;
}

/** What is said to an agent. */
export interface AgentMessage {
  readonly messageId: string;
  readonly parts: readonly TaskPart[];
  /** The task that is told something; absent = a new one. */
  readonly taskId?: string | undefined;
  readonly contextId?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** One event of a stream. `seq` is its place where the agent numbers them. */
export type AgentEvent = { readonly seq: number | undefined } & (
  | { readonly kind: 'task'; readonly task: RemoteTask }
  | ({ readonly kind: 'status' } & Pick<RemoteTask, 'taskId' | 'state' | 'said' | 'at'>)
  | {
      readonly kind: 'artifact';
      readonly taskId: string;
      readonly artifact: RemoteArtifact;
      readonly isAppended: boolean;
    }
  | { readonly kind: 'message'; readonly message: RemoteMessage }
);

/** Which tasks are asked for. */
export interface AgentTaskFilter {
  readonly contextId?: string | undefined;
  readonly state?: TaskState | undefined;
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}

/** A page of an agent's tasks. */
export interface AgentTaskPage {
  readonly tasks: readonly RemoteTask[];
  /** Empty at the end. */
  readonly nextPageToken: string;
  readonly total: number;
}

/** An agent that was reached. Every failure is an AgentUnreachableError or an AgentRefusedError; what aborts is the signal's reason. */
export interface AgentConnection {
  readonly card: ShownCard;
  /** Gives the task at once, whatever becomes of it. */
  send(message: AgentMessage, signal: AbortSignal): Promise<RemoteTask>;
  /** Says something and follows what comes of it. */
  stream(message: AgentMessage, signal: AbortSignal): AsyncIterable<AgentEvent>;
  /** Follows a task behind the event of this number; absent = from now on. */
  follow(
    wanted: { readonly taskId: string; readonly lastEventId?: number | undefined },
    signal: AbortSignal,
  ): AsyncIterable<AgentEvent>;
  get(taskId: string, signal: AbortSignal): Promise<RemoteTask>;
  list(filter: AgentTaskFilter, signal: AbortSignal): Promise<AgentTaskPage>;
  cancel(taskId: string, signal: AbortSignal): Promise<RemoteTask>;
}

/** Reads the card of an agent, and is ready to ask it. */
export async function connectAgent(
  access: AgentAccess,
  signal: AbortSignal,
): Promise<AgentConnection> {
  const { name, url, token, timeoutMs, transport } = access;
  const origin = new URL(url).origin;
  const places: StreamPlaces = { ids: [] };
  const fetch = agentFetch({ agent: name, fetch: access.fetch, origin, token, timeoutMs }, places);
  return attempt(name, signal, async () => {
    const card = await readCard(url, (address, init) => fetch(address, { ...init, signal }));
    const chosen = chosenCard(card, { origin, transport });
    const client = await openClient(chosen, fetch);
    return connectionOf({ name, client, places, card: shownCard(card) });
  });
}

async function openClient(card: Parameters<typeof shownCard>[0], fetch: Fetch): Promise<Client> {
  const { ClientFactory, JsonRpcTransportFactory, RestTransportFactory } =
    await import('@a2a-js/sdk/client');
  const options = {
    fetchImpl: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input instanceof Request ? input.url : input, init),
    legacyCompat: { enabled: true },
  };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options), new RestTransportFactory(options)],
    clientConfig: { polling: true },
  });
  return factory.createFromAgentCard(card);
}

interface Opened {
  readonly name: string;
  readonly client: Client;
  readonly places: StreamPlaces;
  readonly card: ShownCard;
}

function connectionOf(opened: Opened): AgentConnection {
  const { name, client, card } = opened;
  return {
    card,
    send: (message, signal) =>
      attempt(name, signal, async () => {
        const answer = await client.sendMessage(requestOf(message, true), { signal });
        return isTask(answer) ? remoteTask(answer) : answeredTask(answer);
      }),
    stream: (message, signal) =>
      events(opened, signal, () =>
        client.sendMessageStream(requestOf(message, false), { signal, ...withNumbers(card) }),
      ),
    follow: ({ taskId, lastEventId }, signal) =>
      events(opened, signal, () =>
        client.resubscribeTask(
          { tenant: '', id: taskId },
          { signal, ...withNumbers(card, lastEventId) },
        ),
      ),
    get: (taskId, signal) =>
      attempt(name, signal, async () =>
        remoteTask(await client.getTask({ tenant: '', id: taskId }, { signal })),
      ),
    list: (filter, signal) =>
      attempt(name, signal, async () => pageOf(await client.listTasks(listOf(filter), { signal }))),
    cancel: (taskId, signal) =>
      attempt(name, signal, async () =>
        remoteTask(
          await client.cancelTask({ tenant: '', id: taskId, metadata: undefined }, { signal }),
        ),
      ),
  };
}

/** Asks for numbered events where the card offers them, and for those behind one. */
function withNumbers({ extensions }: ShownCard, lastEventId?: number) {
  return {
    serviceParameters: {
      ...(extensions.includes(EVENT_SEQUENCE) ? { 'A2A-Extensions': EVENT_SEQUENCE } : {}),
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': String(lastEventId) }),
    },
  };
}

async function attempt<Result>(
  name: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw explainFailure(name, error);
  }
}

async function* events(
  { name, places }: Opened,
  signal: AbortSignal,
  open: () => AsyncIterable<StreamResponse>,
): AsyncIterable<AgentEvent> {
  signal.throwIfAborted();
  // One stream at a time is open on a connection.
  places.ids.length = 0;
  try {
    for await (const response of open()) {
      const id = places.ids.shift();
      const event = eventOf(response, id);
      if (event !== undefined) yield event;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw explainFailure(name, error);
  }
}

/** The number of an event: what our extension says, else the id of the stream. */
function numberOf({ payload }: StreamResponse, id: string | undefined): number | undefined {
  const named = fieldsOf(fieldsOf(payload?.value?.metadata)[EVENT_SEQUENCE])['sequence'];
  if (typeof named === 'number' && Number.isSafeInteger(named) && named >= 0) return named;
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}

function eventOf(response: StreamResponse, id: string | undefined): AgentEvent | undefined {
  const { payload } = response;
  const seq = numberOf(response, id);
  switch (payload?.$case) {
    case 'task':
      return { kind: 'task', seq, task: remoteTask(payload.value) };
    case 'message':
      return { kind: 'message', seq, message: remoteMessage(payload.value) };
    case 'statusUpdate': {
      const { taskId, status } = payload.value;
      return { kind: 'status', seq, taskId, ...remoteStatus(status) };
    }
    case 'artifactUpdate': {
      const { taskId, artifact, append } = payload.value;
      if (artifact === undefined) return undefined;
      return {
        kind: 'artifact',
        seq,
        taskId,
        artifact: remoteArtifact(artifact),
        isAppended: append,
      };
    }
    default:
      return undefined;
  }
}

function isTask(answer: Task | Message): answer is Task {
  return 'id' in answer;
}

function requestOf(message: AgentMessage, returnImmediately: boolean): SendMessageRequest {
  const { messageId, parts, taskId = '', contextId = '', metadata } = message;
  return {
    tenant: '',
    message: {
      messageId,
      taskId,
      contextId,
      role: 1,
      parts: parts.map(wirePart),
      metadata: metadata === undefined ? undefined : { ...metadata },
      extensions: [],
      referenceTaskIds: [],
    },
    configuration: {
      acceptedOutputModes: [],
      taskPushNotificationConfig: undefined,
      returnImmediately,
    },
    metadata: undefined,
  };
}

function wirePart(part: TaskPart): NonNullable<SendMessageRequest['message']>['parts'][number] {
  const named = {
    metadata: undefined,
    filename: part.name ?? '',
    mediaType: part.mediaType ?? '',
  };
  switch (part.kind) {
    case 'text':
      return { ...named, content: { $case: 'text', value: part.text } };
    case 'data':
      return { ...named, content: { $case: 'data', value: part.data } };
    case 'url':
      return { ...named, content: { $case: 'url', value: part.url } };
    case 'file':
      return { ...named, content: { $case: 'raw', value: Buffer.from(part.bytes, 'base64') } };
  }
}

function listOf({ contextId = '', state, pageSize, pageToken = '' }: AgentTaskFilter) {
  return {
    tenant: '',
    contextId,
    status: stateNumber(state),
    pageSize,
    pageToken,
    historyLength: 0,
    statusTimestampAfter: undefined,
    includeArtifacts: false,
  };
}

function pageOf({ tasks, nextPageToken, totalSize }: ListTasksResponse): AgentTaskPage {
  return {
    tasks: tasks.slice(0, 100).map(remoteTask),
    nextPageToken: String(nextPageToken).slice(0, 2000),
    total: Number.isFinite(totalSize) ? totalSize : tasks.length,
  };
}
