import { z } from 'zod';
import { sha256 } from '../../platform/index.js';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';
import { ABSENT } from './redo-intent.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from './redo-log.js';
import { countLines, readTextFile, seenHash } from './text-file.js';

const parameters = z.object({ path: z.string().min(1), content: z.string() });

/** Creates a file, or replaces one whose present version the model has read. */
export const writeFileTool = defineTool({
  name: 'write_file',
  aliases: ['write'],
  description:
    'Create a file with its folders, or replace one you have read. Prefer edit for changes.',
  parameters,
  execution: 'local',
  access: 'write',
  title: (input) => `write_file: ${input.path}`,
  subjects: ({ path }) => [path],
  execute: (input, context): Promise<ToolOutput> =>
    applyOnce(context, () => planWrite(input, context)),
});

/** What writing a file comes to: it is created, or replaced where the model has read its present version. */
export async function planWrite(
  input: z.infer<typeof parameters>,
  context: ToolContext,
): Promise<FilePlan> {
  const answer = await readTextFile(context, input.path, 'write');
  if (answer.kind === 'refused') return refusePlan(answer.reason);
  const content = Buffer.from(input.content, 'utf8');
  const digest = sha256(content);
  const path = answer.kind === 'file' ? answer.file.path.relative : answer.path.relative;
  if (path === '.') return refusePlan(`${input.path}: a folder, not a file.`);
  const knowledge = { isError: false, seen: [{ path, hash: seenHash(digest) }] };
  if (answer.kind === 'file') {
    const { file } = answer;
    if (file.digest === digest)
      return {
        changes: [],
        output: { ...knowledge, text: `${input.path} already holds exactly that.` },
      };
    const known = context.seen.get(path);
    if (known === undefined)
      return refusePlan(
        `${input.path} exists and you have not read it. Read it first, or use edit.`,
      );
    if (known !== seenHash(file.digest)) {
      return refusePlan(
        `${input.path} has changed since you read it. Read it again, then write it.`,
      );
    }
  }
  const verb = answer.kind === 'file' ? 'Replaced' : 'Created';
  const output = {
    ...knowledge,
    text: `${verb} ${input.path} (${countLines(input.content)} lines, ${content.length} bytes).`,
    progress: [`file:${path}:${seenHash(digest)}`],
  };
  const before = answer.kind === 'file' ? answer.file.digest : ABSENT;
  const mode = answer.kind === 'file' ? answer.file.mode : 0o644;
  return { changes: [{ path, before, content, mode }], output };
}
