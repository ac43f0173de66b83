import { z } from 'zod';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';
import {
  editFiles,
  editListFields,
  editListSchema,
  pathsWithin,
  flattenEdits,
  type EditListInput,
} from './edit-list.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from './redo-log.js';

/** Makes several replacements, in one file or in several: all of them or none. */
export const multieditTool = defineTool({
  name: 'multiedit',
  aliases: ['multi_edit'],
  description:
    'Several edits at once, in one or more files, in order: each sees what those before it left. All are made or none.',
  parameters: z.object(editListFields),
  inputSchema: editListSchema(),
  isDeferred: true,
  execution: 'local',
  access: 'write',
  subjects: pathsWithin,
  title: (input) => `multiedit: ${pathsOf(input).join(', ')}`,
  execute: (input, context): Promise<ToolOutput> =>
    applyOnce(context, () => planEdits(input, context)),
});

/** The files that a list of edits names, each once. */
function pathsOf({ path, edits }: EditListInput): string[] {
  return [...new Set(edits.map((edit) => edit.path ?? path ?? '?'))];
}

async function planEdits(input: EditListInput, context: ToolContext): Promise<FilePlan> {
  const edits = flattenEdits(input);
  if (typeof edits === 'string') return refusePlan(edits);
  const edited = await editFiles(context, edits);
  if (edited.kind === 'refused') return refusePlan(edited.reason);
  const { lines, finished } = edited;
  const { changes, seen, progress } = finished;
  const count = edits.length === 1 ? '1 edit' : `${edits.length} edits`;
  const head =
    changes.length === 0
      ? 'Nothing was changed.'
      : `Made ${count} in ${fileCount(changes.length)}.`;
  const text = [head, ...lines.map((line, at) => `${at + 1}. ${line}`)].join('\n');
  return { changes, output: { text, isError: false, seen, progress } };
}

function fileCount(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}
