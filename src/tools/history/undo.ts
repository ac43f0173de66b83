import { z } from 'zod';
import { sha256 } from '../../platform/index.js';
import { showChanges } from '../files/change-diff.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from '../files/redo-log.js';
import { seenHash } from '../files/text-file.js';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';
import { changedSteps, type ChangedStep } from './step-history.js';
import { planUndo, type UndoneFile } from './undo-plan.js';

const MAX_STEPS = 10;
const MAX_SHOWN_FILES = 50;
const BINARY_PROBE_BYTES = 8192;

const parameters = z.object({
  steps: z.int().min(1).max(MAX_STEPS).optional().describe('how many, default 1'),
  preview: z.boolean().optional().describe('only show what would change'),
});

/** Undoes what this agent did last to the files of its workspace, from the engine's own snapshots and log. */
export const undoTool = defineTool({
  name: 'undo',
  description:
    'Undo your last 1-10 steps that changed files (edits and commands). Undoing is a step as well and can be undone. Commits stay; ignored files changed by commands stay.',
  parameters,
  isDeferred: true,
  execution: 'local',
  access: 'write',
  title: (input) => `undo: ${input.steps ?? 1}${input.preview === true ? ' (preview)' : ''}`,
  execute: (input, context): Promise<ToolOutput> => applyOnce(context, () => plan(input, context)),
});

async function plan(input: z.infer<typeof parameters>, context: ToolContext): Promise<FilePlan> {
  const wanted = input.steps ?? 1;
  const steps = await newestSteps(context, wanted);
  if (steps.length === 0)
    return refusePlan('You have changed no file in this workspace: there is nothing to undo.');
  if (steps.length < wanted)
    return refusePlan(
      `You have made ${count(steps.length, 'step')} that changed files, not ${wanted}. Nothing was undone.`,
    );
  const undo = await planUndo(context.workspace, steps);
  if (undo.kind === 'refused') return refusePlan(undo.reason);
  const { files, left } = undo;
  const lines = [
    ...files.slice(0, MAX_SHOWN_FILES).map(describeFile),
    ...(files.length > MAX_SHOWN_FILES ? [`(${files.length - MAX_SHOWN_FILES} more)`] : []),
    ...left.slice(0, MAX_SHOWN_FILES).map((reason) => `left as it is: ${reason}`),
  ];
  const list = `${describeSteps(steps)}\n${lines.join('\n')}`;
  if (input.preview === true) {
    const text = `Nothing was changed yet. This would be undone: ${list}\n${showChanges(files.flatMap(textChange))}`;
    return { changes: [], output: { text, isError: false } };
  }
  if (files.length === 0) return refusePlan(`There is nothing that could be undone in ${list}`);
  const text = `Undone: ${list}\nTo take this back: undo. To go further back count it and what it undid, for example steps: ${wanted + 2}.`;
  const progress = files.map(
    ({ path, after }) => `file:${path}:${after === undefined ? 'absent' : seenHash(sha256(after))}`,
  );
  const changes = files.map(({ change }) => change);
  return { changes, output: { text, isError: false, progress }, isExact: true };
}

async function newestSteps(context: ToolContext, wanted: number): Promise<ChangedStep[]> {
  const steps: ChangedStep[] = [];
  for await (const step of changedSteps(context.workspace, context.step.scope)) {
    steps.push(step);
    if (steps.length === wanted) break;
  }
  return steps;
}

function describeSteps(steps: readonly ChangedStep[]): string {
  const commands = steps.filter(({ kind }) => kind === 'command').length;
  const edits = steps.length - commands;
  const parts = [
    ...(edits === 0 ? [] : [count(edits, 'change by a file tool', 'changes by file tools')]),
    ...(commands === 0 ? [] : [count(commands, 'command')]),
  ];
  return `${count(steps.length, 'step')} (${parts.join(', ')})`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function describeFile({ path, before, after }: UndoneFile): string {
  if (before === undefined) return `${path}: is back`;
  return after === undefined ? `${path}: is gone` : `${path}: as before`;
}

function textChange({ path, before, after }: UndoneFile): Parameters<typeof showChanges>[0] {
  const isBinary = [before, after].some((bytes) =>
    bytes?.subarray(0, BINARY_PROBE_BYTES).includes(0),
  );
  if (isBinary) return [];
  const textOf = (bytes: Uint8Array | undefined): string | undefined =>
    bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  return [{ path, before: textOf(before), after: textOf(after) }];
}
