import { z } from 'zod';
import { defineTool, type AnyTool } from '../tool.js';

/** The functions of a REPL as tool calls, for models that would rather call tools than write code; the workflow runs them as cells. */
export function createReplTools(): AnyTool[] {
  const pattern = z.string().describe('JavaScript regular expression, matched line by line');
  return [
    replTool('repl', 'Run JavaScript in the REPL over the input.', { code: z.string() }),
    replTool('context_head', 'First lines of the input.', { lines: z.number().int().positive() }),
    replTool('context_tail', 'Last lines of the input.', { lines: z.number().int().positive() }),
    replTool('context_grep', 'Lines of the input that match.', {
      pattern,
      limit: z.number().int().positive().optional(),
    }),
    replTool('context_count', 'How many lines match.', { pattern }),
    replTool('context_lines', 'Lines of the input, both included.', {
      from: z.number().int(),
      to: z.number().int(),
    }),
    replTool('final', 'The answer, with quotations that it rests on.', {
      answer: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
      evidence: z.array(z.string()).optional(),
    }),
  ];
}

function replTool(name: string, description: string, shape: z.ZodRawShape): AnyTool {
  return defineTool({
    name,
    isOfRepl: true,
    description,
    parameters: z.object(shape),
    execution: 'workflow',
    access: 'read',
    title: () => name,
  });
}
