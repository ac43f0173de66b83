import type { TaskArtifact, TaskMessage, TaskPart, TaskState } from './remote-task.js';
import { isTerminal } from './remote-task.js';
import type { TaskUpdate, TaskView } from './task-view.js';

/**
 * Our extension of A2A that numbers the events of a task: `metadata[URI].sequence` of each. URIs of extensions are names; nothing is
 * fetched.
 */
export const EVENT_SEQUENCE = 'https://codetether.run/a2a/extensions/event-sequence/v1';

/** What is delivered: an update, or the task as it stands where updates are not there any more. */
export type Pushed =
  | { readonly kind: 'update'; readonly update: TaskUpdate }
  | { readonly kind: 'gap'; readonly view: TaskView };

/** The task that an update belongs to. */
export interface PushedTask {
  readonly taskId: string;
  readonly contextId: string;
}

/** A body with its media type. */
export interface PushBody {
  readonly type: string;
  readonly body: unknown;
}

/** The number of what is delivered; that of a task is the one of its newest update. */
export function pushedNumber(pushed: Pushed): number {
  return pushed.kind === 'update' ? pushed.update.seq : pushed.view.cursor;
}

/** True for the last thing that is ever delivered of a task. */
export function isLastPush(pushed: Pushed): boolean {
  if (pushed.kind === 'gap') return isTerminal(pushed.view.state);
  return pushed.update.kind === 'status' && isTerminal(pushed.update.state);
}

/** One `StreamResponse` of version 1.0, or the event of version 0.3, as JSON. Pure. */
export function pushBody(pushed: Pushed, task: PushedTask, version: '1.0' | '0.3'): PushBody {
  return version === '1.0'
    ? { type: 'application/a2a+json', body: newBody(pushed, task) }
    : { type: 'application/json', body: oldBody(pushed, task) };
}

function numbered(seq: number) {
  return { [EVENT_SEQUENCE]: { sequence: seq } };
}

function newBody(pushed: Pushed, task: PushedTask): unknown {
  if (pushed.kind === 'gap') return { task: newTask(pushed.view) };
  const { update } = pushed;
  const metadata = numbered(update.seq);
  switch (update.kind) {
    case 'status':
      return { statusUpdate: { ...task, status: newStatus(update, task), metadata } };
    case 'artifact': {
      const artifact = newArtifact(update.artifact);
      return { artifactUpdate: { ...task, artifact, lastChunk: true, metadata } };
    }
    case 'message':
      return { message: { ...newMessage(update.message, task), metadata } };
  }
}

function newTask(view: TaskView): unknown {
  const { taskId, contextId, state, text, at, cursor, artifacts } = view;
  return {
    id: taskId,
    contextId,
    status: newStatus({ state, text, at, seq: cursor }, view),
    artifacts: artifacts.map(newArtifact),
    metadata: numbered(cursor),
  };
}

interface StatusFacts {
  readonly state: TaskState;
  readonly text: string | null;
  readonly at: string;
  readonly seq: number;
}

function newStatus({ state, text, at, seq }: StatusFacts, task: PushedTask): unknown {
  return {
    state: `TASK_STATE_${state.toUpperCase().replaceAll('-', '_')}`,
    ...(text === null ? {} : { message: newMessage(spoken(text, seq), task) }),
    timestamp: at,
  };
}

/** What a state says of itself, as a message. */
function spoken(text: string, seq: number): TaskMessage {
  return { messageId: `status-${seq}`, role: 'agent', parts: [{ kind: 'text', text }] };
}

function newMessage({ messageId, role, parts }: TaskMessage, { taskId, contextId }: PushedTask) {
  return {
    messageId,
    taskId,
    contextId,
    role: `ROLE_${role.toUpperCase()}`,
    parts: parts.map(newPart),
  };
}

function newArtifact({ artifactId, name, description, mediaType, text }: TaskArtifact): unknown {
  return {
    artifactId,
    name,
    ...(description === undefined ? {} : { description }),
    parts: [newPart({ kind: 'text', text, name, mediaType })],
  };
}

function newPart(part: TaskPart): unknown {
  const { name, mediaType } = part;
  const named = {
    ...(name === undefined ? {} : { filename: name }),
    ...(mediaType === undefined ? {} : { mediaType }),
  };
  switch (part.kind) {
    case 'text':
      return { text: part.text, ...named };
    case 'data':
      return { data: part.data, ...named };
    case 'file':
      return { raw: part.bytes, ...named };
    case 'url':
      return { url: part.url, ...named };
  }
}

function oldBody(pushed: Pushed, task: PushedTask): unknown {
  if (pushed.kind === 'gap') return oldTask(pushed.view);
  const { update } = pushed;
  const metadata = numbered(update.seq);
  switch (update.kind) {
    case 'status':
      return {
        kind: 'status-update',
        ...task,
        status: oldStatus(update, task),
        final: isTerminal(update.state),
        metadata,
      };
    case 'artifact':
      return {
        kind: 'artifact-update',
        ...task,
        artifact: oldArtifact(update.artifact),
        append: false,
        lastChunk: true,
        metadata,
      };
    case 'message':
      return { ...oldMessage(update.message, task), metadata };
  }
}

function oldTask(view: TaskView): unknown {
  const { taskId, contextId, state, text, at, cursor, artifacts } = view;
  return {
    kind: 'task',
    id: taskId,
    contextId,
    status: oldStatus({ state, text, at, seq: cursor }, view),
    artifacts: artifacts.map(oldArtifact),
    metadata: numbered(cursor),
  };
}

function oldStatus({ state, text, at, seq }: StatusFacts, task: PushedTask): unknown {
  return {
    state,
    ...(text === null ? {} : { message: oldMessage(spoken(text, seq), task) }),
    timestamp: at,
  };
}

function oldMessage({ messageId, role, parts }: TaskMessage, { taskId, contextId }: PushedTask) {
  return { kind: 'message', messageId, taskId, contextId, role, parts: parts.map(oldPart) };
}

function oldArtifact({ artifactId, name, description, text }: TaskArtifact): unknown {
  return {
    artifactId,
    name,
    ...(description === undefined ? {} : { description }),
    parts: [oldPart({ kind: 'text', text })],
  };
}

function oldPart(part: TaskPart): unknown {
  const { name, mediaType } = part;
  const named = {
    ...(name === undefined ? {} : { name }),
    ...(mediaType === undefined ? {} : { mimeType: mediaType }),
  };
  switch (part.kind) {
    case 'text':
      return { kind: 'text', text: part.text };
    case 'data':
      return { kind: 'data', data: part.data };
    case 'file':
      return { kind: 'file', file: { bytes: part.bytes, ...named } };
    case 'url':
      return { kind: 'file', file: { uri: part.url, ...named } };
  }
}
