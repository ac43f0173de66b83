import { z } from 'zod';
import { sha256 } from '../../platform/index.js';
import { defineTool, toolError, type ToolContext, type ToolOutput } from '../tool.js';
import { appliedAt, explainAmbiguous, explainMissing } from './edit-failure.js';
import {
  applyEdits,
  findEdits,
  type EditMatches,
  type EditRequest,
  type MatchKind,
} from './edit-match.js';
import { applyOnce, type FilePlan } from './redo-log.js';
import { lineAt } from './text-lines.js';
import { encodeText, readTextFile, seenHash, type TextFile } from './text-file.js';

const parameters = z.object({
  path: z.string().min(1),
  old_string: z.string().describe('exact text, without line numbers; must match one place'),
  new_string: z.string(),
  replace_all: z.boolean().optional(),
});

type EditInput = z.infer<typeof parameters>;

const MATCHED_BY: Readonly<Record<Exclude<MatchKind, 'exact'>, string>> = {
  'line-endings': 'line endings differed',
  'trailing-blanks': 'blanks at line ends differed',
  indentation: 'indentation differed; the new text was shifted alike',
  punctuation:
    'characters that read alike were stored in another form (typographic or decomposed); what you did not change stays so',
  anchors:
    'only first and last line matched exactly; the block between was at least 80% alike. Check the result',
};

/** Replaces a text in a file. */
export const editTool = defineTool({
  name: 'edit',
  description: 'Replace text in a file. old_string must be unique unless replace_all.',
  parameters,
  execution: 'local',
  access: 'write',
  title: (input) => `edit: ${input.path}`,
  execute: (input, context): Promise<ToolOutput> =>
    applyOnce(context, () => planEdit(input, context)),
});

async function planEdit(input: EditInput, context: ToolContext): Promise<FilePlan> {
  if (input.old_string === '')
    return refuse(`${input.path}: old_string is empty; use write_file to create a file.`);
  if (input.old_string === input.new_string)
    return refuse(`${input.path}: old_string and new_string are the same.`);
  const answer = await readTextFile(context, input.path, 'write');
  if (answer.kind !== 'file') return refuse(answer.reason);
  const { file } = answer;
  // A byte order mark stays where it is; models never write it.
  const mark = file.text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = file.text.slice(mark.length);
  const request = {
    oldText: input.old_string.replace(/^\uFEFF/, ''),
    newText: input.new_string.replace(/^\uFEFF/, ''),
  };
  const found = findEdits(text, request);
  if (found === undefined) return explainNothing(input, text, request);
  const edit = {
    input,
    text,
    found,
    isCurrent: context.seen.get(file.path.relative) === seenHash(file.digest),
  };
  const refusal = refuseMatches(edit);
  if (refusal !== undefined) return refusal;
  const content = encodeText(mark + applyEdits(text, found.matches), file.encoding);
  if (content === undefined) {
    return refuse(
      `${input.path}: the file is Latin-1 text and cannot hold a character of new_string.`,
    );
  }
  return changeFile(file, content, edit);
}

function explainNothing(input: EditInput, text: string, request: EditRequest): FilePlan {
  const line = appliedAt(text, request);
  if (line === undefined) return refuse(explainMissing(input.path, text, request.oldText));
  const already = `${input.path}: already applied: new_string stands at line ${line} and old_string is gone. Nothing was changed.`;
  return { changes: [], output: { text: already, isError: false } };
}

interface FoundEdits {
  readonly input: EditInput;
  readonly text: string;
  readonly found: EditMatches;
  /** The model knows the present version of the file. */
  readonly isCurrent: boolean;
}

function refuseMatches({ input, text, found, isCurrent }: FoundEdits): FilePlan | undefined {
  if (found.matches.length > 1 && input.replace_all !== true) {
    return refuse(
      explainAmbiguous(
        input.path,
        text,
        found.matches.map((match) => match.start),
      ),
    );
  }
  if (found.kind !== 'exact' && !isCurrent) {
    return refuse(
      `${input.path}: old_string is not there exactly, and you have not seen the present version of the file. Read it, then repeat the edit.`,
    );
  }
  return undefined;
}

function changeFile(file: TextFile, content: Buffer, edit: FoundEdits): FilePlan {
  const { input, text, found } = edit;
  const hash = seenHash(sha256(content));
  const path = file.path.relative;
  const count = found.matches.length;
  const lines = found.matches.slice(0, 20).map((match) => lineAt(text, match.start));
  const places = `${count === 1 ? '1 place' : `${count} places`} (line${count === 1 ? '' : 's'} ${lines.join(', ')}${count > 20 ? ', …' : ''})`;
  const remark = found.kind === 'exact' ? '' : ` Not an exact match: ${MATCHED_BY[found.kind]}.`;
  return {
    changes: [{ path, before: file.digest, content, mode: file.mode }],
    output: {
      text: `Edited ${input.path} at ${places}.${remark}`,
      isError: false,
      // Whoever did not know the file before does not know it now: an overwrite still asks for a read.
      seen: edit.isCurrent ? [{ path, hash }] : [],
      progress: [`file:${path}:${hash}`],
    },
  };
}

function refuse(text: string): FilePlan {
  return { changes: [], output: toolError(text) };
}
