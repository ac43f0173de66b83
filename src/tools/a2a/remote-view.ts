import type { Artifact, Message, Part, Task, TaskStatus } from '@a2a-js/sdk';
import {
  isDeeper,
  taskStateSchema,
  type RemoteArtifact,
  type RemoteMessage,
  type RemotePart,
  type RemoteTask,
  type TaskState,
} from '../../domain/index.js';

const MOST = 200;
const ID = 256;
const MOST_DEPTH = 64;

/** A task as the library read it, bounded in its lists. */
export function remoteTask(task: Task): RemoteTask {
  return {
    taskId: idOf(task.id),
    contextId: idOf(task.contextId),
    ...remoteStatus(task.status),
    artifacts: task.artifacts.slice(0, MOST).map(remoteArtifact),
    history: task.history.slice(-MOST).map(remoteMessage),
  };
}

/** A state with what is said about it. */
export function remoteStatus(
  status: TaskStatus | undefined,
): Pick<RemoteTask, 'state' | 'said' | 'at'> {
  return {
    state: remoteState(status?.state ?? 0),
    said: partsOf(status?.message?.parts),
    at: String(status?.timestamp ?? '').slice(0, 40),
  };
}

/** Numbers of the states, as the protocol's own description has them. */
const STATES = [
  'unspecified',
  'submitted',
  'working',
  'completed',
  'failed',
  'canceled',
  'input-required',
  'rejected',
  'auth-required',
];

function remoteState(state: number): RemoteTask['state'] {
  const known = taskStateSchema.safeParse(STATES[state]);
  return known.success ? known.data : 'unknown';
}

/** The number of a state for a request. */
export function stateNumber(state: TaskState | undefined): number {
  return state === undefined ? 0 : STATES.indexOf(state);
}

/** An artifact, bounded in its lists. */
export function remoteArtifact(artifact: Artifact): RemoteArtifact {
  return {
    artifactId: idOf(artifact.artifactId),
    name: idOf(artifact.name),
    description: String(artifact.description).slice(0, 2000),
    parts: partsOf(artifact.parts),
  };
}

/** A message, bounded in its lists. */
export function remoteMessage(message: Message): RemoteMessage {
  return { role: message.role === 1 ? 'user' : 'agent', parts: partsOf(message.parts) };
}

/** The answer of an agent that made no task of it. */
export function answeredTask(message: Message): RemoteTask {
  return {
    taskId: '',
    contextId: idOf(message.contextId),
    state: 'completed',
    said: partsOf(message.parts),
    at: '',
    artifacts: [],
    history: [],
  };
}

function idOf(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, ID) : '';
}

function partsOf(parts: readonly Part[] | undefined): RemotePart[] {
  return (parts ?? []).slice(0, MOST).flatMap((part) => {
    const read = partOf(part);
    return read === undefined ? [] : [read];
  });
}

function partOf({ content, filename, mediaType }: Part): RemotePart | undefined {
  const name = idOf(filename);
  switch (content?.$case) {
    case 'text':
      return { kind: 'text', text: content.value };
    case 'raw':
      return { kind: 'file', name, type: idOf(mediaType), bytes: content.value.length };
    case 'url':
      return { kind: 'url', name, url: String(content.value).slice(0, 2048) };
    case 'data':
      return { kind: 'data', json: jsonOf(content.value) };
    default:
      return undefined;
  }
}

/** Walks over deeper values end in an overflow of the stack. */
function jsonOf(value: unknown): string {
  return isDeeper(value, MOST_DEPTH) ? '(nested too deeply)' : (JSON.stringify(value) ?? 'null');
}
