import { z } from 'zod';
import { showMedia } from '../media/show-media.js';
import { defineTool, toolError, type ToolContext, type ToolOutput } from '../tool.js';
import { countLines, readTextFile, seenHash, type TextFile } from './text-file.js';

const MAX_LINES = 2000;
const MAX_BYTES = 50 * 1024;
const MAX_LINE_CHARACTERS = 2000;

const parameters = z.object({
  path: z.string().min(1),
  offset: z.int().min(1).optional().describe('first line, from 1'),
  limit: z.int().min(1).max(MAX_LINES).optional(),
});

/** Shows a part of a text file with line numbers. */
export const readFileTool = defineTool({
  name: 'read_file',
  aliases: ['read'],
  description:
    'Read a file with line numbers: 2000 lines or 50 KiB, on from offset. Also images and PDF pages.',
  parameters,
  execution: 'local',
  access: 'read',
  subjects: ({ path }) => [path],
  title: (input) =>
    `read_file: ${input.path}${input.offset === undefined ? '' : `:${input.offset}`}`,
  async execute(input, context): Promise<ToolOutput> {
    const answer = await readTextFile(context, input.path, 'read');
    if (answer.kind === 'refused' && answer.media !== undefined)
      return showMedia(answer.media, input, context);
    if (answer.kind !== 'file') return toolError(answer.reason);
    return showLines(answer.file, input, context);
  },
});

function showLines(
  file: TextFile,
  input: z.infer<typeof parameters>,
  context: ToolContext,
): ToolOutput {
  const total = countLines(file.text);
  const first = input.offset ?? 1;
  if (total > 0 && first > total)
    return toolError(`${input.path}: has ${total} lines; offset ${first} is behind its end.`);
  const hash = seenHash(file.digest);
  const isWorkspaceFile = !input.path.startsWith('@output/');
  const knowledge = {
    isError: false,
    seen: isWorkspaceFile ? [{ path: file.path.relative, hash }] : [],
    progress:
      context.seen.get(file.path.relative) === hash && first === 1
        ? []
        : [`read:${file.path.relative}:${hash}:${first}`],
  };
  if (total === 0) return { ...knowledge, text: `(${input.path} is empty)` };
  const shown = numberLines(file.text, first, input.limit ?? MAX_LINES);
  const last = first + shown.count - 1;
  const note =
    last < total ? `\n(lines ${first}-${last} of ${total}; go on with offset ${last + 1})` : '';
  return { ...knowledge, text: `${shown.text}${note}` };
}

/** Numbered lines from `first`, at most `limit` of them and 50 KiB, but always at least one. */
function numberLines(text: string, first: number, limit: number): { text: string; count: number } {
  const shown: string[] = [];
  let bytes = 0;
  // Line by line, because a large file may hold millions of them.
  let start = startOfLine(text, first);
  while (shown.length < limit && start < text.length) {
    const feed = text.indexOf('\n', start);
    const line = text.slice(start, feed < 0 ? text.length : feed);
    const numbered = `${first + shown.length}\t${cutLine(line.endsWith('\r') ? line.slice(0, -1) : line)}`;
    bytes += Buffer.byteLength(numbered) + 1;
    if (bytes > MAX_BYTES && shown.length > 0) break;
    shown.push(numbered);
    start = feed < 0 ? text.length : feed + 1;
  }
  return { text: shown.join('\n'), count: shown.length };
}

function startOfLine(text: string, line: number): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) start = text.indexOf('\n', start) + 1;
  return start;
}

function cutLine(line: string): string {
  if (line.length <= MAX_LINE_CHARACTERS) return line;
  return `${line.slice(0, MAX_LINE_CHARACTERS)}… (${line.length - MAX_LINE_CHARACTERS} more characters)`;
}
