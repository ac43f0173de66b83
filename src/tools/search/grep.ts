import { z } from 'zod';
import { outputPath } from '../files/text-file.js';
import { defineTool, toolError, type ToolContext, type ToolOutput } from '../tool.js';
import { searchWorkspace } from './ripgrep.js';
import { fromWorkdir, resolveSearchPath, shownPaths } from './search-path.js';

const MAX_HITS = 100;
const MAX_LINE_CHARACTERS = 500;
const MAX_BYTES = 50 * 1024;
/** More output than this is a search that finds everything. */
const MAX_SEARCH_BYTES = 2 * 1024 * 1024;

const parameters = z.object({
  pattern: z.string().min(1).describe('regular expression'),
  path: z.string().optional(),
  include: z.string().optional().describe('file pattern such as *.ts'),
  ignore_case: z.boolean().optional(),
  context: z.int().min(0).max(20).optional().describe('lines around a hit'),
});

/** Searches file contents. */
export const grepTool = defineTool({
  name: 'grep',
  description: 'Search file contents; path:line:text, newest files first, at most 100 hits.',
  parameters,
  execution: 'local',
  access: 'read',
  subjects: ({ path }) => [path ?? '.'],
  title: (input) => `grep: ${input.pattern}`,
  async execute(input, context): Promise<ToolOutput> {
    const output = input.path === undefined ? undefined : outputPath(context, input.path);
    const start =
      output === undefined
        ? await resolveSearchPath(context, input.path)
        : ({ isUsable: true, path: output } as const);
    if (!start.isUsable) return toolError(start.reason);
    const answer = await searchWorkspace(context, {
      options: searchArguments(input),
      path: start.path,
      maxBytes: MAX_SEARCH_BYTES,
    });
    if (answer.kind === 'failed') return answer.result;
    if (answer.kind === 'nothing')
      return { text: `No match for ${input.pattern}.`, isError: false };
    const { head, omittedBytes } = answer.output;
    const found = output === undefined ? await shownHits(head, context) : head;
    if (found === '') return { text: `No match for ${input.pattern}.`, isError: false };
    return showHits(found, context, { input, isCut: omittedBytes > 0 });
  },
});

function searchArguments(input: z.infer<typeof parameters>): string[] {
  return [
    '--line-number',
    '--no-heading',
    '--with-filename',
    '--null',
    '--sortr=modified',
    `--max-columns=${MAX_LINE_CHARACTERS}`,
    '--max-columns-preview',
    ...includeArguments(input.include),
    ...(input.ignore_case === true ? ['--ignore-case'] : []),
    ...(input.context === undefined || input.context === 0 ? [] : [`--context=${input.context}`]),
    `--regexp=${input.pattern}`,
  ];
}

/** A type keeps ignored files out; --glob would bring them back, but only it knows folders. */
function includeArguments(include: string | undefined): string[] {
  if (include === undefined || include === '') return [];
  return include.includes('/')
    ? [`--glob=${include}`]
    : [`--type-add=wanted:${include}`, '--type=wanted'];
}

/** A pattern of paths brings back what is ignored; a view does not show that, and nothing shows what rules hide. */
async function shownHits(output: string, context: ToolContext): Promise<string> {
  if (context.workspace.isView !== true && (context.hiddenGlobs ?? []).length === 0) return output;
  const lines = output.split('\n');
  const pathOf = (line: string): string => line.slice(0, Math.max(0, line.indexOf('\0')));
  const shown = new Set(await shownPaths(context, [...new Set(lines.map(pathOf))]));
  return lines.filter((line) => pathOf(line) !== '' && shown.has(pathOf(line))).join('\n');
}

interface HitOptions {
  readonly input: z.infer<typeof parameters>;
  /** The search itself found more than it returned. */
  readonly isCut: boolean;
}

/** ripgrep wrote `path NUL line : text`, with `-` instead of `:` for context lines and `--` between groups. */
function showHits(output: string, context: ToolContext, options: HitOptions): ToolOutput {
  const shown: string[] = [];
  let hits = 0;
  let bytes = 0;
  for (const line of output.split('\n')) {
    if (line === '') continue;
    const { text, isHit } = formatHit(line, context, options.input);
    if (isHit) hits += 1;
    if (hits > MAX_HITS || bytes > MAX_BYTES) continue;
    bytes += Buffer.byteLength(text) + 1;
    shown.push(text);
  }
  const isShort = hits > MAX_HITS || bytes > MAX_BYTES || options.isCut;
  if (isShort)
    shown.push(
      `(the first ${Math.min(hits, MAX_HITS)} of ${hits}${options.isCut ? '+' : ''} hits; narrow pattern, path or include)`,
    );
  return { text: shown.join('\n'), isError: false };
}

function formatHit(
  line: string,
  context: ToolContext,
  input: z.infer<typeof parameters>,
): { text: string; isHit: boolean } {
  const end = line.indexOf('\0');
  if (end < 0) return { text: line, isHit: false };
  const path = line.slice(0, end);
  const rest = line.slice(end + 1);
  const name =
    input.path?.startsWith('@output/') === true ? input.path : fromWorkdir(context, path);
  const isHit = /^\d+:/.test(rest);
  return { text: `${name}${isHit ? ':' : '-'}${rest}`, isHit };
}
