import { z } from 'zod';
import { contextOf, type ServeDesk } from './desk.js';
import { failed, servedTool, type ServedAnswer, type ServedTool } from './served-tool.js';

const path = z.string().min(1).max(4096);

/** Tools over the files of the folder, by the names of the platform, carried out by the tools of agents. */
export function fileTools(): ServedTool[] {
  return [
    servedTool({
      name: 'read_file',
      description:
        'Read a text file with line numbers; long files go on at offset (first line is 1).',
      parameters: z.object({
        path,
        offset: z.int().min(1).optional(),
        limit: z.int().min(1).max(2000).optional(),
      }),
      isReading: true,
      run: (input, desk, signal) => byOurs(desk, { name: 'read_file', input, signal }),
    }),
    servedTool({
      name: 'write_file',
      description: 'Create a file with its folders, or replace one that was read before.',
      parameters: z.object({ path, content: z.string().max(4 * 1024 * 1024) }),
      run: (input, desk, signal) => byOurs(desk, { name: 'write_file', input, signal }),
    }),
    servedTool({
      name: 'list_directory',
      description: 'List a folder.',
      parameters: z.object({ path: path.default('.') }),
      isReading: true,
      run: (input, desk, signal) => byOurs(desk, { name: 'list_dir', input, signal }),
    }),
    servedTool({
      name: 'search_files',
      description: 'Find files by a pattern such as **/*.ts.',
      parameters: z.object({ pattern: z.string().min(1).max(500), path: path.optional() }),
      isReading: true,
      run: (input, desk, signal) => byOurs(desk, { name: 'glob', input, signal }),
    }),
    servedTool({
      name: 'grep_search',
      description:
        'Search the contents of files for words, or for a regular expression with is_regex.',
      parameters: z.object({
        query: z.string().min(1).max(1000),
        path: path.optional(),
        is_regex: z.boolean().default(false),
      }),
      isReading: true,
      run: ({ query, is_regex: isRegex, ...where }, desk, signal) =>
        byOurs(desk, {
          name: 'grep',
          input: { ...where, pattern: isRegex ? query : literal(query) },
          signal,
        }),
    }),
  ];
}

/** A regular expression for exactly this text. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

interface OurCall {
  readonly name: string;
  readonly input: object;
  readonly signal: AbortSignal;
}

async function byOurs(desk: ServeDesk, { name, input, signal }: OurCall): Promise<ServedAnswer> {
  const call = { id: name, name, arguments: JSON.stringify(input) };
  const parsed = desk.registry.parseCall(call);
  if (!parsed.isValid) return failed(parsed.explanation);
  const output = await parsed.tool.execute?.(parsed.input, contextOf(desk, signal));
  if (output === undefined) return failed(`${name} cannot be called here.`);
  for (const file of output.seen ?? []) desk.seen.set(file.path, file.hash);
  return { text: output.text, isError: output.isError };
}
