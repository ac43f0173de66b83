import { isTerminal } from './remote-task.js';
import type { TaskUpdate, TaskView } from './task-view.js';
import {
  wireEvent,
  type WireArtifact,
  type WireEvent,
  type WireMessage,
  type WirePart,
  type WirePlace,
  type WireStatus,
  wireTask,
} from './wire-event.js';

/** What is delivered: an update, or the task as it stands where updates are not there any more. */
export type Pushed =
  | { readonly kind: 'update'; readonly update: TaskUpdate }
  | { readonly kind: 'gap'; readonly view: TaskView };

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

/** One `StreamResponse` of version 1.0, or the event of version 0.3, as JSON: the same that streams tell. Pure. */
export function pushBody(pushed: Pushed, place: WirePlace, version: '1.0' | '0.3'): PushBody {
  const event = eventOf(pushed, place);
  return version === '1.0'
    ? { type: 'application/a2a+json', body: event }
    : { type: 'application/json', body: oldEvent(event) };
}

function eventOf(pushed: Pushed, place: WirePlace): WireEvent {
  if (pushed.kind === 'update') return wireEvent(pushed.update, place);
  const { view } = pushed;
  const position = { sequence: view.cursor, isGap: true };
  const parts = { baseUrl: place.baseUrl, historyLength: 0, hasArtifacts: true, position };
  return { task: wireTask(view, parts) };
}

/** States in which the turn of the agent is over, in the words of 0.3. */
const FINAL: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'canceled',
  'rejected',
  'input-required',
  'auth-required',
]);

/** The same event in the words of 0.3, as the library of the protocol translates it. */
function oldEvent(event: WireEvent): unknown {
  if ('task' in event) {
    const { id, contextId, status, artifacts = [], history = [], metadata } = event.task;
    return {
      kind: 'task',
      id,
      contextId,
      status: oldStatus(status),
      artifacts: artifacts.map(oldArtifact),
      history: history.map(oldMessage),
      metadata,
    };
  }
  if ('artifactUpdate' in event) {
    const { taskId, contextId, artifact, metadata, lastChunk } = event.artifactUpdate;
    const common = { taskId, contextId, append: false, lastChunk, metadata };
    return { kind: 'artifact-update', ...common, artifact: oldArtifact(artifact) };
  }
  const { taskId, contextId, status, metadata } = event.statusUpdate;
  const old = oldStatus(status);
  const final = FINAL.has(old.state);
  return { kind: 'status-update', taskId, contextId, status: old, final, metadata };
}

function oldStatus({ state, timestamp, message }: WireStatus) {
  return {
    state: state.replace('TASK_STATE_', '').toLowerCase().replaceAll('_', '-'),
    timestamp,
    ...(message === undefined ? {} : { message: oldMessage(message) }),
  };
}

function oldMessage({ role, parts, ...message }: WireMessage) {
  return {
    kind: 'message',
    ...message,
    role: role === 'ROLE_USER' ? 'user' : 'agent',
    parts: parts.map(oldPart),
  };
}

function oldArtifact({ parts, ...artifact }: WireArtifact) {
  return { ...artifact, parts: parts.map(oldPart) };
}

function oldPart({ text, data, raw, url, filename, mediaType }: WirePart) {
  const named = {
    ...(filename === undefined ? {} : { name: filename }),
    ...(mediaType === undefined ? {} : { mimeType: mediaType }),
  };
  if (text !== undefined) return { kind: 'text', text };
  if (raw !== undefined) return { kind: 'file', file: { bytes: raw, ...named } };
  if (url !== undefined) return { kind: 'file', file: { uri: url, ...named } };
  // 0.3 has objects only
  return { kind: 'data', data: isObject(data) ? data : { value: data } };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
