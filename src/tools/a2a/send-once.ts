import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { formatStepKey, type RemoteTask } from '../../domain/index.js';
import { isNotFound, sha256, stepPath, writeDurableFile } from '../../platform/index.js';
import type { ToolContext } from '../tool.js';

const noteSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  call: z.string(),
  /** The task that came of it; absent = nobody knows whether it arrived. */
  taskId: z.string().max(256).optional(),
});

/** A message to another agent, as one step of ours. */
export interface SentOnce {
  /** What is said to whom: the same on every retry. */
  readonly call: string;
  /** The agent takes a message that comes twice as one. */
  readonly isRepeatable: boolean;
  readonly send: (messageId: string) => Promise<RemoteTask>;
}

/** How a message went out: with what came of it, as one that had gone out before, or nobody knows. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly task: RemoteTask }
  | { readonly kind: 'known'; readonly taskId: string }
  | { readonly kind: 'unknown' };

const ID_CHARACTERS = 32;

/**
 * Sends a message once. Its id is made of the step, so that a retry sends the same message. A worker that dies in the middle leaves a
 * note: the retry goes on with the task that is noted; where none is, it sends again if the agent takes that for one message, else
 * nobody knows whether it arrived.
 */
export async function sendOnce(context: ToolContext, message: SentOnce): Promise<SendOutcome> {
  const path = `${join(context.workspace.state, 'steps', stepPath(context.step))}.a2a.json`;
  const note = {
    version: 1 as const,
    key: formatStepKey(context.step),
    call: sha256(message.call),
  };
  const noted = await readNote(path);
  if (noted?.key === note.key && noted.call === note.call) {
    if (noted.taskId !== undefined) return { kind: 'known', taskId: noted.taskId };
    if (!message.isRepeatable) return { kind: 'unknown' };
  }
  await writeDurableFile(path, JSON.stringify(note));
  const task = await message.send(messageId(note.key, note.call));
  await writeDurableFile(path, JSON.stringify({ ...note, taskId: task.taskId }));
  return { kind: 'sent', task };
}

function messageId(key: string, call: string): string {
  return sha256(`${key}\n${call}`).slice(0, ID_CHARACTERS);
}

async function readNote(path: string): Promise<z.infer<typeof noteSchema> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  return noteSchema.parse(JSON.parse(text));
}
