import type { TaskArtifact, TaskMessage, TaskPart, TaskState } from './remote-task.js';
import { taskOptionsDocument } from './task-options.js';
import type { TaskUpdate, TaskView } from './task-view.js';

/**
 * Our extension of A2A that numbers the events of a task: `metadata[URI].sequence` of each. URIs of extensions are names; nothing is
 * fetched.
 */
export const EVENT_SEQUENCE = 'https://codetether.run/a2a/extensions/event-sequence/v1';

/** Our extension that says what a message asks for: `metadata[URI]` of the message, of the request, and of the task that it became. */
export const TASK_ORDER = 'https://codetether.run/a2a/extensions/task-order/v1';

/** Below the address of a server: the routes of HTTP+JSON of A2A. */
export const REST_PATH = '/a2a/v1';

/** Which task something belongs to, and where its reader sees the server. */
export interface WirePlace {
  readonly taskId: string;
  readonly contextId: string;
  /** Absent = nobody knows it; then large artifacts come with their beginning alone. */
  readonly baseUrl?: string | undefined;
}

/** How much of a task is told. */
export interface WireParts {
  readonly baseUrl?: string | undefined;
  /** Newest messages of the history; undefined = all. */
  readonly historyLength: number | undefined;
  readonly hasArtifacts: boolean;
  /** Of the stream in which it is told; default: the task's own. */
  readonly position?: StreamPosition | undefined;
}

/** Where a task stands in a stream. */
export interface StreamPosition {
  /** Events up to here are in what was told before, or in the task itself. */
  readonly sequence: number;
  /** Events behind the subscriber's cursor are gone: the task is told instead of them. */
  readonly isGap?: boolean;
}

type Metadata = Readonly<Record<string, unknown>>;

/** A part of A2A 1.0 as JSON. */
export interface WirePart {
  readonly text?: string;
  readonly data?: unknown;
  /** Base64. */
  readonly raw?: string;
  readonly url?: string;
  readonly filename?: string;
  readonly mediaType?: string;
}

/** A message of A2A 1.0 as JSON. */
export interface WireMessage {
  readonly messageId: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly role: 'ROLE_USER' | 'ROLE_AGENT';
  readonly parts: readonly WirePart[];
  readonly metadata?: Metadata;
}

/** An artifact of A2A 1.0 as JSON. */
export interface WireArtifact {
  readonly artifactId: string;
  readonly name: string;
  readonly description?: string;
  readonly parts: readonly WirePart[];
  readonly metadata: Metadata;
}

/** A status of A2A 1.0 as JSON. */
export interface WireStatus {
  readonly state: string;
  readonly timestamp: string;
  readonly message?: WireMessage;
}

/** A task of A2A 1.0 as JSON. */
export interface WireTask {
  readonly id: string;
  readonly contextId: string;
  readonly status: WireStatus;
  readonly artifacts?: readonly WireArtifact[];
  readonly history?: readonly WireMessage[];
  readonly metadata: Metadata;
}

/** What each event names. */
interface Located {
  readonly taskId: string;
  readonly contextId: string;
  readonly metadata: Metadata;
}

/** A `StreamResponse` of A2A 1.0 as JSON. */
export type WireEvent =
  | { readonly task: WireTask }
  | { readonly statusUpdate: Located & { readonly status: WireStatus } }
  | {
      readonly artifactUpdate: Located & {
        readonly artifact: WireArtifact;
        readonly lastChunk: true;
      };
    };

/** A state by its name on the wire of 1.0. Pure. */
export function wireState(state: TaskState): string {
  return `TASK_STATE_${state.toUpperCase().replaceAll('-', '_')}`;
}

/** A task as it stands. Its metadata say up to which event. Pure. */
export function wireTask(view: TaskView, parts: WireParts): WireTask {
  const { taskId, contextId, state, text, at, cursor } = view;
  const place = { taskId, contextId, baseUrl: parts.baseUrl };
  const { position = { sequence: cursor } } = parts;
  const artifacts = parts.hasArtifacts ? view.artifacts.map((one) => artifactOf(one, place)) : [];
  const history = newest(view.history, parts.historyLength).map((one) => messageOf(one, place));
  return {
    id: taskId,
    contextId,
    status: statusOf({ state, text, at }, place),
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(history.length === 0 ? {} : { history }),
    metadata: {
      skill: view.skill,
      createdAt: view.createdAt,
      ...(view.options === undefined ? {} : { [TASK_ORDER]: taskOptionsDocument(view.options) }),
      [EVENT_SEQUENCE]: {
        sequence: position.sequence,
        ...(position.sequence === cursor ? {} : { currentSequence: cursor }),
        ...(position.isGap === true ? { gap: true } : {}),
      },
    },
  };
}

/**
 * One event of a task, in streams and in what is posted: the same for everybody, because it is made of nothing but the update. A
 * message that joins the history is a status in which the task works on with it: a `message` of the protocol would be an answer without a task. Pure.
 */
export function wireEvent(update: TaskUpdate, place: WirePlace): WireEvent {
  const { taskId, contextId } = place;
  const located = { taskId, contextId, metadata: { [EVENT_SEQUENCE]: { sequence: update.seq } } };
  switch (update.kind) {
    case 'artifact':
      return {
        artifactUpdate: {
          ...located,
          artifact: artifactOf(update.artifact, place),
          lastChunk: true,
        },
      };
    case 'status':
      return { statusUpdate: { ...located, status: statusOf(update, place) } };
    case 'message': {
      const message = messageOf(update.message, place);
      const status = { state: wireState('working'), timestamp: update.at, message };
      return { statusUpdate: { ...located, status } };
    }
  }
}

interface StatusFacts {
  readonly state: TaskState;
  readonly at: string;
  readonly text: string | null;
  readonly options?: readonly string[] | undefined;
}

function statusOf({ state, at, text, options = [] }: StatusFacts, place: WirePlace): WireStatus {
  const parts: TaskPart[] = [
    ...(text === null ? [] : [{ kind: 'text' as const, text }]),
    ...(options.length === 0 ? [] : [{ kind: 'data' as const, data: { options: [...options] } }]),
  ];
  if (parts.length === 0) return { state: wireState(state), timestamp: at };
  // the same in the task and in its event, which know no more of each other
  const messageId = `${place.taskId}-${Date.parse(at).toString(36)}`;
  const message = messageOf({ messageId, role: 'agent', parts }, place);
  return { state: wireState(state), timestamp: at, message };
}

function messageOf(
  { messageId, role, parts, metadata }: TaskMessage,
  { taskId, contextId }: WirePlace,
): WireMessage {
  return {
    messageId,
    taskId,
    contextId,
    role: role === 'user' ? 'ROLE_USER' : 'ROLE_AGENT',
    parts: parts.map(partOf),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function newest<Item>(items: readonly Item[], count: number | undefined): readonly Item[] {
  if (count === undefined) return items;
  return count === 0 ? [] : items.slice(-count);
}

function partOf(part: TaskPart): WirePart {
  const named = {
    ...(part.name === undefined ? {} : { filename: part.name }),
    ...(part.mediaType === undefined ? {} : { mediaType: part.mediaType }),
  };
  switch (part.kind) {
    case 'text':
      return { text: part.text, ...named };
    case 'data':
      // null is no content for readers of Proto-JSON
      return part.data === null || part.data === undefined
        ? { text: 'null', ...named }
        : { data: part.data, ...named };
    case 'file':
      return { raw: part.bytes, ...named };
    case 'url':
      return { url: part.url, ...named };
  }
}

/**
 * Small artifacts as they are, large ones by an address of the server that asks for the same token. Where nobody knows that address
 * the beginning comes, and the metadata say that it is one, how large the whole is, and where below the server it lies.
 */
function artifactOf(artifact: TaskArtifact, place: WirePlace): WireArtifact {
  const { artifactId, name, description, mediaType, text, bytes, digest } = artifact;
  const common = { artifactId, name, ...(description === undefined ? {} : { description }) };
  const named = { name, mediaType };
  if (digest === undefined)
    return { ...common, parts: [partOf(smallPart(text, named))], metadata: { bytes } };
  const path = `${REST_PATH}/tasks/${encodeURIComponent(place.taskId)}/artifacts/${encodeURIComponent(artifactId)}`;
  if (place.baseUrl === undefined)
    return {
      ...common,
      parts: [partOf({ kind: 'text', text, ...named })],
      metadata: { bytes, truncated: true, shownCharacters: text.length, path },
    };
  return {
    ...common,
    parts: [partOf({ kind: 'url', url: `${place.baseUrl}${path}`, ...named })],
    metadata: { bytes },
  };
}

function smallPart(
  text: string,
  named: { readonly name: string; readonly mediaType: string },
): TaskPart {
  if (!named.mediaType.startsWith('application/json')) return { kind: 'text', text, ...named };
  try {
    const data: unknown = JSON.parse(text);
    return data === null ? { kind: 'text', text, ...named } : { kind: 'data', data, ...named };
  } catch {
    return { kind: 'text', text, ...named };
  }
}
