import { z } from 'zod';
import { sha256 } from '../../platform/index.js';
import { toJsonSchema } from '../tool-schema.js';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';
import { changeOf, showChanges } from './change-diff.js';
import { editListFields, flattenEdits, editFiles, pathsWithin } from './edit-list.js';
import { editFields, type EditInput } from './edit-text.js';
import { refusePlan, type FileChange, type FilePlan } from '../file-plan.js';
import { applyOnce } from './redo-log.js';

const confirmation = {
  confirm: z.boolean().optional().describe('true: make the edit that was shown'),
  digest: z.string().optional().describe('of the diff that was shown; with confirm'),
};

const parameters = z.object({
  path: editFields.path.optional(),
  old_string: z.string().optional(),
  new_string: z.string().optional(),
  replace_all: z.boolean().optional(),
  edits: editListFields.edits.optional(),
  ...confirmation,
});

/** As the model is told: one edit, or a list of them. */
const told = z.object({
  ...editFields,
  old_string: z.string().optional(),
  new_string: z.string().optional(),
  path: z.string().optional(),
  edits: z
    .array(z.object(editFields))
    .optional()
    .describe('several, in place of old_string and new_string'),
  ...confirmation,
});

type ConfirmInput = z.infer<typeof parameters>;

/** Characters of a digest that name a diff; the model copies them. */
const DIGEST_CHARACTERS = 16;

/** Shows what one edit or several would do, and makes exactly that when it is confirmed. */
export const confirmEditTool = defineTool({
  name: 'confirm_edit',
  aliases: ['confirm_multiedit'],
  description:
    'Shows the diff of one or more edits first. The same call with confirm: true and the digest that was shown makes them.',
  parameters,
  inputSchema: toJsonSchema(told),
  isDeferred: true,
  execution: 'local',
  access: 'write',
  subjects: pathsWithin,
  title: (input) =>
    `confirm_edit: ${input.path ?? input.edits?.[0]?.path ?? '?'}${input.confirm === true ? ' (confirmed)' : ''}`,
  execute: (input, context): Promise<ToolOutput> =>
    applyOnce(context, () => planConfirmed(input, context)),
});

async function planConfirmed(input: ConfirmInput, context: ToolContext): Promise<FilePlan> {
  const edits = editsOf(input);
  if (typeof edits === 'string') return refusePlan(edits);
  const edited = await editFiles(context, edits);
  if (edited.kind === 'refused') return refusePlan(edited.reason);
  const { files, lines, finished } = edited;
  const { changes, seen, progress } = finished;
  if (changes.length === 0) {
    const text = ['Nothing would change.', ...lines].join('\n');
    return { changes: [], output: { text, isError: false } };
  }
  const digest = digestOf(changes);
  const diff = showChanges(files.flatMap((working) => changeOf(working) ?? []));
  if (input.confirm !== true) return show(digest, diff);
  if (input.digest === undefined || input.digest.trim().toLowerCase() !== digest)
    return refusePlan(stale(input, { digest, diff }));
  const text = `Made as shown (digest ${digest}):\n${lines.join('\n')}`;
  return { changes, output: { text, isError: false, seen, progress } };
}

function editsOf(input: ConfirmInput): EditInput[] | string {
  if (input.edits !== undefined && input.edits.length > 0)
    return flattenEdits({ path: input.path, edits: input.edits });
  const { path, old_string, new_string, replace_all } = input;
  if (path === undefined || old_string === undefined || new_string === undefined)
    return 'path, old_string and new_string are needed, or edits. Nothing was changed.';
  return [{ path, old_string, new_string, replace_all }];
}

/** Names what was shown: the files, what they held, and what they would hold. */
function digestOf(changes: readonly FileChange[]): string {
  const facts = changes.map(({ path, before, content }) => [
    path,
    before,
    content === null ? null : sha256(content),
  ]);
  return sha256(JSON.stringify(facts)).slice(0, DIGEST_CHARACTERS);
}

function show(digest: string, diff: string): FilePlan {
  const text = `Not made yet. Digest ${digest}:\n${diff}\nTo make exactly this, repeat the call with confirm: true and digest: "${digest}".`;
  return { changes: [], output: { text, isError: false } };
}

function stale(
  input: ConfirmInput,
  now: { readonly digest: string; readonly diff: string },
): string {
  const why =
    input.digest === undefined
      ? 'confirm: true needs the digest of the diff that was shown.'
      : 'The digest is not that of this edit on the files as they are now: they have changed since it was shown, or the edit is another one.';
  return `${why} Nothing was changed. Now it would be, with digest ${now.digest}:\n${now.diff}`;
}
