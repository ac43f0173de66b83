import { z } from 'zod';
import { defineTool, toolError, type ToolContext, type ToolOutput } from '../tool.js';
import {
  editListFields,
  editListSchema,
  flattenEdits,
  makeEdits,
  type EditListInput,
} from './edit-list.js';
import { applyOnce, type FilePlan } from './redo-log.js';
import { createWorkingFiles } from './working-files.js';

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
  if (typeof edits === 'string') return refuse(edits);
  const files = createWorkingFiles(context);
  const outcome = await makeEdits(files, edits);
  if (outcome.kind === 'refused') return refuse(outcome.reason);
  const finished = files.finish();
  if (finished.kind === 'refused') return refuse(finished.reason);
  const { changes, seen, progress } = finished;
  const count = edits.length === 1 ? '1 edit' : `${edits.length} edits`;
  const head =
    changes.length === 0
      ? 'Nothing was changed.'
      : `Made ${count} in ${fileCount(changes.length)}.`;
  const text = [head, ...outcome.lines.map((line, at) => `${at + 1}. ${line}`)].join('\n');
  return { changes, output: { text, isError: false, seen, progress } };
}

function fileCount(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}

function refuse(text: string): FilePlan {
  return { changes: [], output: toolError(text) };
}
