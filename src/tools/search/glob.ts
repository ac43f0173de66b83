import { z } from 'zod';
import { compileGlob } from '../../domain/index.js';
import { defineTool, toolError, type ToolOutput } from '../tool.js';
import { searchWorkspace } from './ripgrep.js';
import { fromWorkdir, resolveSearchPath, shownPaths } from './search-path.js';

const MAX_FILES = 100;
/** About half a million paths; only what matches is kept. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024;

/** Finds files by name. */
export const globTool = defineTool({
  name: 'glob',
  description:
    'Find files by pattern such as **/*.ts, newest first, at most 100; ignored files are left out.',
  parameters: z.object({ pattern: z.string().min(1), path: z.string().optional() }),
  execution: 'local',
  access: 'read',
  subjects: ({ path }) => [path ?? '.'],
  title: (input) => `glob: ${input.pattern}`,
  async execute(input, context): Promise<ToolOutput> {
    const matches = compileGlob(input.pattern);
    if (matches === undefined)
      return toolError(
        'The pattern is too long, or its braces stand for too many names. Simplify it.',
      );
    const start = await resolveSearchPath(context, input.path);
    if (!start.isUsable) return toolError(start.reason);
    const answer = await searchWorkspace(context, {
      options: ['--files', '--null', '--sortr=modified'],
      path: start.path,
      maxBytes: MAX_LISTING_BYTES,
    });
    if (answer.kind === 'failed') return answer.result;
    // Not by ripgrep's own --glob: that would bring ignored files back.
    const listing = answer.kind === 'nothing' ? '' : answer.output.head;
    const listed = listing
      .split('\0')
      .filter((path) => path !== '' && matches(relativeTo(start.path, path)));
    const files = await shownPaths(context, listed);
    if (files.length === 0) return { text: `No file matches ${input.pattern}.`, isError: false };
    const shown = files.slice(0, MAX_FILES).map((path) => fromWorkdir(context, path));
    if (files.length > MAX_FILES)
      shown.push(`(the newest ${MAX_FILES} of ${files.length} files; narrow pattern or path)`);
    return { text: shown.join('\n'), isError: false };
  },
});

/** ripgrep writes `./x` for the start `.` and `start/x` otherwise. */
function relativeTo(start: string, path: string): string {
  const plain = path.replace(/^\.\//, '');
  return start !== '.' && plain.startsWith(`${start}/`) ? plain.slice(start.length + 1) : plain;
}
