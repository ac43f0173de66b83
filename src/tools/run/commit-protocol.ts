import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { formatStepKey, InfrastructureError, InvariantError } from '../../domain/index.js';
import {
  crashPoint,
  createSnapshots,
  engineWrites,
  isNotFound,
  leaveFiles,
  sha256,
  stepPath,
  withWorkspaceLock,
  writeDurableFile,
  type LeftFiles,
  type Snapshots,
} from '../../platform/index.js';
import { storedOutput } from '../stored-output.js';
import type { ToolContext, ToolOutput } from '../tool.js';

/** What to do when a worker died while the command ran: run it again on the restored files, or tell the model. */
export type InterruptionPolicy = 'rerun' | 'report';

/** A command that changes the workspace. */
export interface CommittedCommand {
  readonly command: string;
  readonly policy: InterruptionPolicy;
  /** When it has ended, no process of it is left that could still write. */
  readonly endsWhole: boolean;
  /** Runs it; throws when it was cancelled, and the workspace is then restored. */
  readonly run: () => Promise<ToolOutput>;
}

const startedSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  attempt: z.int().positive(),
  command: z.string(),
  /** The snapshot before the command: what a retry restores, whatever the head is by then. */
  base: z.string(),
});

const RESULT_PREFIX = 'Result: ';

/**
 * Runs a command so that its effect on the workspace happens once, whatever is killed in between. The commit point is
 * the move of the head to a commit that carries the step key and the result (tools facts, section 3, variant 3): a
 * retry that finds it returns that result; one that finds only `started` restores the pinned base and goes by policy.
 */
export function commitOnce(context: ToolContext, command: CommittedCommand): Promise<ToolOutput> {
  return withWorkspaceLock(context.workspace.state, async (left) => {
    const snapshots = createSnapshots(context.workspace);
    const record = `${join(context.workspace.state, 'steps', stepPath(context.step))}.json`;
    const started = await readStarted(record, context, command);
    let base: string;
    if (started === undefined) {
      crashPoint('bash.before-base');
      base = await takeBase(context, snapshots, left);
      crashPoint('bash.after-base');
    } else {
      const settled = await readSettled(snapshots, context);
      if (settled !== undefined) return settled;
      base = started.base;
      crashPoint('bash.before-restore');
      await snapshots.restore(base);
      crashPoint('bash.after-restore');
      if (command.policy === 'report') return interrupted();
    }
    await writeStarted(record, context, { command, base, attempt: (started?.attempt ?? 0) + 1 });
    crashPoint('bash.after-started');
    return runAndCommit(context, { snapshots, command, base });
  });
}

/**
 * The snapshot before the command. Looking at all files again is left out when the writer before it was a command of the
 * same agent, which ended with all its processes, and nobody wrote since: most turns of an agent are that.
 */
async function takeBase(
  context: ToolContext,
  snapshots: Snapshots,
  left: LeftFiles | undefined,
): Promise<string> {
  const isLeft =
    left !== undefined &&
    left.scope === context.step.scope &&
    left.engineWrites === engineWrites() &&
    (await snapshots.head())?.commit === left.commit;
  if (isLeft) return left.commit;
  return (await snapshots.take(`before ${formatStepKey(context.step)}\n`)).commit;
}

interface OpenStep {
  readonly snapshots: Snapshots;
  readonly command: CommittedCommand;
  readonly base: string;
}

async function runAndCommit(
  context: ToolContext,
  { snapshots, command, base }: OpenStep,
): Promise<ToolOutput> {
  let output: ToolOutput;
  try {
    output = await command.run();
  } catch (error) {
    await snapshots.restore(base);
    throw error;
  }
  crashPoint('bash.after-run');
  const writes = engineWrites();
  let tree: string;
  try {
    tree = await snapshots.currentTree();
  } catch (error) {
    if (!isFull(error)) throw error;
    // The files are of this command, in a lane that can be made again: the disk is the run's, so they go.
    await snapshots.restore(base);
    return filled(output);
  }
  crashPoint('bash.after-post-tree');
  const commit = await snapshots.commit(tree, base, formatMessage(context, output));
  crashPoint('bash.after-post-commit');
  await snapshots.advance(commit, base);
  crashPoint('bash.after-ref-move');
  // Elsewhere a process that the command left behind may still write.
  if (command.endsWhole)
    leaveFiles(context.workspace.state, {
      scope: context.step.scope,
      commit,
      engineWrites: writes,
    });
  return output;
}

function isFull(error: unknown): boolean {
  return error instanceof InfrastructureError && error.code === 'ERR_DISK_FULL';
}

function filled({ text }: ToolOutput): ToolOutput {
  return {
    text: `${text}\nThe disk was full when the files were to be kept: everything that this command wrote was removed again. Write less, or remove what you do not need first.`,
    isError: true,
  };
}

interface StartedStep {
  readonly command: CommittedCommand;
  readonly base: string;
  readonly attempt: number;
}

async function writeStarted(path: string, context: ToolContext, step: StartedStep): Promise<void> {
  const record: z.infer<typeof startedSchema> = {
    version: 1,
    key: formatStepKey(context.step),
    attempt: step.attempt,
    command: sha256(step.command.command),
    base: step.base,
  };
  await writeDurableFile(path, JSON.stringify(record));
}

async function readStarted(
  path: string,
  context: ToolContext,
  command: CommittedCommand,
): Promise<z.infer<typeof startedSchema> | undefined> {
  let text: string;
  if (!existsSync(path)) return undefined;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const parsed = startedSchema.safeParse(JSON.parse(text));
  if (
    parsed.success &&
    parsed.data.key === formatStepKey(context.step) &&
    parsed.data.command === sha256(command.command)
  ) {
    return parsed.data;
  }
  throw new InvariantError('ERR_STEP_RECORD_INVALID', {
    message: `step ${formatStepKey(context.step)} was started with another command`,
    where: { file: path },
    hint: 'this is a defect: keep the file and report it; the run can be cancelled and started again',
  });
}

async function readSettled(
  snapshots: Snapshots,
  context: ToolContext,
): Promise<ToolOutput | undefined> {
  const head = await snapshots.head();
  if (head === undefined) return undefined;
  const lines = (await snapshots.message(head.commit)).split('\n');
  if (!lines.includes(stepLine(context))) return undefined;
  const result = lines.find((line) => line.startsWith(RESULT_PREFIX));
  return { progress: [], ...storedOutput(JSON.parse((result ?? '').slice(RESULT_PREFIX.length))) };
}

function formatMessage(context: ToolContext, output: ToolOutput): string {
  return `after ${formatStepKey(context.step)}\n\n${stepLine(context)}\n${RESULT_PREFIX}${JSON.stringify(output)}\n`;
}

function stepLine(context: ToolContext): string {
  return `Step: ${formatStepKey(context.step)}`;
}

function interrupted(): ToolOutput {
  return {
    text: 'The command was interrupted by a crash of the machine or the worker. The files were restored to before it; whether it took effect outside the workspace is unknown. Find that out before you run it again.',
    isError: true,
  };
}
