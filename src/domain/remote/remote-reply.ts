import { isTerminal, type TaskState } from './remote-task.js';

/** One part of what an agent gave. */
export type RemotePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'data'; readonly json: string }
  | { readonly kind: 'file'; readonly name: string; readonly type: string; readonly bytes: number }
  | { readonly kind: 'url'; readonly name: string; readonly url: string };

/** Something that a task of an agent made. */
export interface RemoteArtifact {
  readonly artifactId: string;
  readonly name: string;
  readonly description: string;
  readonly parts: readonly RemotePart[];
}

/** Something that was said in a task. */
export interface RemoteMessage {
  readonly role: 'user' | 'agent';
  readonly parts: readonly RemotePart[];
}

/** A task of another agent, or its answer where it made no task (`taskId` empty). Texts are as the agent sent them. */
export interface RemoteTask {
  readonly taskId: string;
  readonly contextId: string;
  readonly state: TaskState | 'unknown';
  /** What it says about its state. */
  readonly said: readonly RemotePart[];
  /** As the agent gave it; empty = it gave none. */
  readonly at: string;
  readonly artifacts: readonly RemoteArtifact[];
  readonly history: readonly RemoteMessage[];
}

/** True when the agent works no further without somebody. */
export function isAtRest(state: RemoteTask['state']): boolean {
  return state === 'input-required' || state === 'auth-required' || hasEnded(state);
}

/** True when nothing comes any more. */
export function hasEnded(state: RemoteTask['state']): boolean {
  return state !== 'unknown' && isTerminal(state);
}

/** Parts as text: what is no text is named. */
export function partsText(parts: readonly RemotePart[]): string {
  return parts.map(partText).join('\n').trim();
}

function partText(part: RemotePart): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'data':
      return part.json;
    case 'url':
      return `(${part.name || 'file'} at ${part.url})`;
    case 'file':
      return `(file ${part.name || 'without a name'}, ${part.type || 'unknown type'}, ${part.bytes} bytes: not shown)`;
  }
}
