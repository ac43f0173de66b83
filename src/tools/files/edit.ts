import { z } from 'zod';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';
import { editFields, editText, refuseEdit, type EditInput } from './edit-text.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from './redo-log.js';
import { createWorkingFiles } from './working-files.js';

/** Replaces a text in a file. */
export const editTool = defineTool({
  name: 'edit',
  description: 'Replace text in a file. old_string must be unique unless replace_all.',
  parameters: z.object(editFields),
  execution: 'local',
  access: 'write',
  title: (input) => `edit: ${input.path}`,
  subjects: ({ path }) => [path],
  execute: (input, context): Promise<ToolOutput> =>
    applyOnce(context, () => planEdit(input, context)),
});

async function planEdit(input: EditInput, context: ToolContext): Promise<FilePlan> {
  const senseless = refuseEdit(input);
  if (senseless !== undefined) return refusePlan(senseless);
  const files = createWorkingFiles(context);
  const opened = await files.open(input.path);
  if (opened.kind === 'refused') return refusePlan(opened.reason);
  const { working } = opened;
  if (working.text === undefined) return refusePlan(working.missing);
  const outcome = editText({ text: working.text, isCurrent: working.isCurrent }, input);
  if (outcome.kind === 'already')
    return { changes: [], output: { text: outcome.reason, isError: false } };
  if (outcome.kind === 'refused') return refusePlan(outcome.reason);
  working.text = outcome.text;
  const finished = files.finish();
  if (finished.kind === 'refused') return refusePlan(finished.reason);
  const { changes, seen, progress } = finished;
  const text = `Edited ${input.path} ${outcome.where}`;
  return { changes, output: { text, isError: false, seen, progress } };
}
