import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatStepKey } from '../../domain/index.js';
import { isNotFound, sha256, stepPath, writeDurableFile } from '../../platform/index.js';
import { commitOnce } from '../run/commit-protocol.js';
import { toolError, type ToolContext, type ToolOutput } from '../tool.js';

/** A call whose effect lies outside of what we can put back. */
export interface OutsideCall {
  /** What is called, with its arguments: the same on every retry. */
  readonly call: string;
  /** It may be made again when it is not known whether it took effect. */
  readonly isRepeatable: boolean;
  /** The server may write into the agent's files, which are put back when the call is interrupted. */
  readonly writesFiles: boolean;
  readonly run: () => Promise<ToolOutput>;
}

/**
 * Makes a call once. A worker that dies in the middle leaves a note: the retry that finds it makes the call again where that does no
 * harm by the person's own word, else it tells the model that the outcome is unknown.
 */
export async function callOnce(context: ToolContext, outside: OutsideCall): Promise<ToolOutput> {
  const { call, isRepeatable, writesFiles, run } = outside;
  if (writesFiles && context.workspace.isView !== true)
    return commitOnce(context, {
      command: call,
      policy: isRepeatable ? 'rerun' : 'report',
      endsWhole: false,
      run,
    });
  if (isRepeatable) return run();
  const note = `${join(context.workspace.state, 'steps', stepPath(context.step))}.mcp.json`;
  if (await isNoted(note, context, call)) return interrupted();
  await writeDurableFile(note, JSON.stringify(noteOf(context, call)));
  return run();
}

function noteOf(context: ToolContext, call: string) {
  return { version: 1, key: formatStepKey(context.step), call: sha256(call) };
}

async function isNoted(path: string, context: ToolContext, call: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')) === JSON.stringify(noteOf(context, call));
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function interrupted(): ToolOutput {
  return toolError(
    'The call was interrupted by a crash of the machine or the worker; whether it took effect is unknown. Find that out before you make it again.',
  );
}
