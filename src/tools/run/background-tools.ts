import { z } from 'zod';
import { defineTool, toolError, type ToolOutput } from '../tool.js';
import { describe, findProcess, showNews } from './background.js';

const MAX_WAIT_S = 300;
const MAX_INPUT = 16 * 1024;

const id = z.string().min(1).max(20).describe('for example bg-1');

/** Reads what a command in the background printed. */
export const bashOutputTool = defineTool({
  name: 'bash_output',
  aliases: ['BashOutput', 'read_output'],
  description:
    'Show what a background command printed since it was last asked, and whether it runs. wait_s waits for output or the end.',
  parameters: z.object({
    id,
    wait_s: z.number().min(0).max(MAX_WAIT_S).optional().describe('default 0'),
  }),
  isDeferred: true,
  execution: 'activity',
  access: 'execute',
  title: (input) => `bash_output: ${input.id}`,
  timeoutMs: ({ wait_s: wait = 0 }) => (wait + 60) * 1000,
  async execute(input, context): Promise<ToolOutput> {
    const process = findProcess(context, input.id);
    if (typeof process === 'string') return toolError(process);
    await process.waitForNews((input.wait_s ?? 0) * 1000, context.signal);
    return showNews(process);
  },
});

/** Writes to the input of a command in the background. */
export const bashInputTool = defineTool({
  name: 'bash_input',
  aliases: ['write_stdin'],
  description:
    'Write text to the standard input of a background command, as it is (a line ends with \\n); end: true closes its input behind it.',
  parameters: z.object({
    id,
    text: z.string().max(MAX_INPUT).default(''),
    end: z.boolean().optional(),
  }),
  isDeferred: true,
  execution: 'activity',
  access: 'execute',
  title: (input) => `bash_input: ${input.id}`,
  async execute(input, context): Promise<ToolOutput> {
    const process = findProcess(context, input.id);
    if (typeof process === 'string') return toolError(process);
    const taken = input.text === '' ? 'taken' : await process.write(input.text);
    if (taken === 'closed')
      return toolError(`${describe(process)}; its input is closed, nothing was written.`);
    if (input.end === true) process.closeInput();
    if (taken === 'waiting')
      return toolError(
        `${process.id} does not read its input now; what was written before this waits for it.`,
      );
    await process.waitForNews(1000, context.signal);
    return showNews(process);
  },
});

/** Ends a command in the background. */
export const bashKillTool = defineTool({
  name: 'bash_kill',
  aliases: ['KillShell', 'KillBash'],
  description: 'End a background command with everything it started, and show its last output.',
  parameters: z.object({ id }),
  isDeferred: true,
  execution: 'activity',
  access: 'execute',
  title: (input) => `bash_kill: ${input.id}`,
  async execute(input, context): Promise<ToolOutput> {
    const process = findProcess(context, input.id);
    if (typeof process === 'string') return toolError(process);
    await process.stop();
    // It was meant to end.
    return { ...showNews(process), isError: false };
  },
});
