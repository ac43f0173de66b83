import { EVENT_SEQUENCE } from '../../domain/index.js';
import {
  type Artifact,
  type Message,
  type Part,
  Role,
  type StreamResponse,
  type Task,
  TaskState as WireState,
  type TaskStatus,
} from '@a2a-js/sdk';
import type {
  TaskArtifact,
  TaskMessage,
  TaskPart,
  TaskState,
  TaskUpdate,
  TaskView,
} from '../../domain/index.js';
import { REST_PATH } from './names.js';

const STATES: Readonly<Record<TaskState, WireState>> = {
  submitted: WireState.TASK_STATE_SUBMITTED,
  working: WireState.TASK_STATE_WORKING,
  'input-required': WireState.TASK_STATE_INPUT_REQUIRED,
  'auth-required': WireState.TASK_STATE_AUTH_REQUIRED,
  completed: WireState.TASK_STATE_COMPLETED,
  failed: WireState.TASK_STATE_FAILED,
  canceled: WireState.TASK_STATE_CANCELED,
  rejected: WireState.TASK_STATE_REJECTED,
};

/** Our state of the protocol's; undefined for the unspecified one. */
export function taskState(wire: WireState): TaskState | undefined {
  const entries = Object.entries(STATES) as [TaskState, WireState][];
  return entries.find(([, value]) => value === wire)?.[0];
}

/** Which task an event belongs to, and where clients see the server. */
export interface TaskPlaceOnWire {
  readonly taskId: string;
  readonly contextId: string;
  readonly baseUrl: string;
}

/** How much of a task is told. */
export interface TaskParts {
  readonly baseUrl: string;
  /** Newest messages of the history; undefined = all. */
  readonly historyLength: number | undefined;
  readonly hasArtifacts: boolean;
  /** Of the stream in which it is told. */
  readonly position?: StreamPosition | undefined;
}

/** Where a task stands in a stream. */
export interface StreamPosition {
  /** Events up to here are in what was told before, or in the task itself. */
  readonly sequence: number;
  /** Events behind the subscriber's cursor are gone: the task is told instead of them. */
  readonly isGap?: boolean;
}

/** A task as it stands. Its metadata say up to which event. */
export function taskOf(view: TaskView, parts: TaskParts): Task {
  const place = { taskId: view.taskId, contextId: view.contextId, baseUrl: parts.baseUrl };
  const { position = { sequence: view.cursor } } = parts;
  return {
    id: view.taskId,
    contextId: view.contextId,
    status: statusOf(view.state, { ...place, at: view.at, text: view.text }),
    artifacts: parts.hasArtifacts ? view.artifacts.map((one) => artifactOf(one, place)) : [],
    history: newest(view.history, parts.historyLength).map((one) => messageOf(one, place)),
    metadata: {
      skill: view.skill,
      createdAt: view.createdAt,
      [EVENT_SEQUENCE]: {
        sequence: position.sequence,
        ...(position.sequence === view.cursor ? {} : { currentSequence: view.cursor }),
        ...(position.isGap === true ? { gap: true } : {}),
      },
    },
  };
}

/**
 * One event of a stream: the same for everybody who reads it, because it is made of nothing but the update. A message that joins
 * the history is a status in which the task works on with it.
 */
export function eventOf(update: TaskUpdate, place: TaskPlaceOnWire): StreamResponse {
  const { taskId, contextId } = place;
  const metadata = { [EVENT_SEQUENCE]: { sequence: update.seq } };
  if (update.kind === 'artifact') {
    return {
      payload: {
        $case: 'artifactUpdate',
        value: {
          taskId,
          contextId,
          artifact: artifactOf(update.artifact, place),
          append: false,
          lastChunk: true,
          metadata,
        },
      },
    };
  }
  const status =
    update.kind === 'status'
      ? statusOf(update.state, {
          ...place,
          at: update.at,
          text: update.text,
          options: update.options,
        })
      : {
          state: WireState.TASK_STATE_WORKING,
          timestamp: update.at,
          message: messageOf(update.message, place),
        };
  return { payload: { $case: 'statusUpdate', value: { taskId, contextId, status, metadata } } };
}

interface StatusFacts extends TaskPlaceOnWire {
  readonly at: string;
  readonly text: string | null;
  readonly options?: readonly string[] | undefined;
}

function statusOf(state: TaskState, facts: StatusFacts): TaskStatus {
  const { text, options = [], at } = facts;
  const parts: Part[] = [
    ...(text === null ? [] : [partOf({ kind: 'text', text })]),
    ...(options.length === 0 ? [] : [partOf({ kind: 'data', data: { options: [...options] } })]),
  ];
  return {
    state: STATES[state],
    timestamp: at,
    message:
      parts.length === 0
        ? undefined
        : agentMessage(`${facts.taskId}-${Date.parse(at).toString(36)}`, { place: facts, parts }),
  };
}

function agentMessage(
  messageId: string,
  { place, parts }: { readonly place: TaskPlaceOnWire; readonly parts: Part[] },
): Message {
  return {
    messageId,
    contextId: place.contextId,
    taskId: place.taskId,
    role: Role.ROLE_AGENT,
    parts,
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

function messageOf(message: TaskMessage, place: TaskPlaceOnWire): Message {
  return {
    ...agentMessage(message.messageId, { place, parts: message.parts.map(partOf) }),
    role: message.role === 'user' ? Role.ROLE_USER : Role.ROLE_AGENT,
    metadata: message.metadata,
  };
}

function newest<Item>(items: readonly Item[], count: number | undefined): readonly Item[] {
  if (count === undefined) return items;
  return count === 0 ? [] : items.slice(-count);
}

function partOf(part: TaskPart): Part {
  const named = { filename: part.name ?? '', mediaType: part.mediaType ?? '', metadata: undefined };
  switch (part.kind) {
    case 'text':
      return { content: { $case: 'text', value: part.text }, ...named };
    case 'data':
      return { content: { $case: 'data', value: part.data }, ...named };
    case 'file':
      return { content: { $case: 'raw', value: Buffer.from(part.bytes, 'base64') }, ...named };
    case 'url':
      return { content: { $case: 'url', value: part.url }, ...named };
  }
}

/** Small artifacts as they are, large ones by an address of this server that asks for the same token. */
function artifactOf(artifact: TaskArtifact, place: TaskPlaceOnWire): Artifact {
  const { artifactId, name, description = '', mediaType, text, bytes, digest } = artifact;
  const named = { name, mediaType };
  const address = `${place.baseUrl}${REST_PATH}/tasks/${encodeURIComponent(place.taskId)}/artifacts/${encodeURIComponent(artifactId)}`;
  const part: TaskPart =
    digest === undefined ? smallPart(text, named) : { kind: 'url', url: address, ...named };
  return {
    artifactId,
    name,
    description,
    parts: [partOf(part)],
    metadata: { bytes },
    extensions: [],
  };
}

function smallPart(
  text: string,
  named: { readonly name: string; readonly mediaType: string },
): TaskPart {
  if (!named.mediaType.startsWith('application/json')) return { kind: 'text', text, ...named };
  try {
    const data: unknown = JSON.parse(text);
    // null is no content for readers of Proto-JSON
    return data === null ? { kind: 'text', text, ...named } : { kind: 'data', data, ...named };
  } catch {
    return { kind: 'text', text, ...named };
  }
}
