import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { modelText, scriptNameSchema, visible } from '../domain/index.js';
import { runProcess } from '../platform/index.js';
import type { ServeDesk } from './desk.js';
import { whyNotServed } from './served-path.js';
import { failed, servedTool, type ServedAnswer, type ServedTool } from './served-tool.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));
/** Starting may have to start the service, and to plan. */
const TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT = 512 * 1024;
const SHOWN = 128 * 1024;

const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9/_-]{0,199}$/, 'expected the id of a run');
const file = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.startsWith('-'), 'a path does not begin with -');
const words = z.string().min(1).max(32_768);
const model = z
  .string()
  .regex(/^[^/\s-][^/\s]*\/\S+$/, 'expected PROVIDER/MODEL')
  .max(200)
  .optional();

const ofModel = (name: string | undefined): string[] => (name === undefined ? [] : ['-m', name]);

/** Tools that start and steer runs: each is a command of ours, with all that holds for it. */
export function runTools(): ServedTool[] {
  return [
    servedTool({
      name: 'ralph_start',
      description: 'Start working off a PRD, story by story, and return its run id.',
      parameters: z.object({ prd_path: file.default('prd.json'), model }),
      run: async ({ prd_path: prd, model: name }, desk, signal) => {
        const refusal = await whyNotServed(desk, prd);
        if (refusal !== undefined) return failed(refusal);
        const flags = ['-p', prd, ...ofModel(name), '--detach', '--json'];
        return command(desk, ['ralph', 'run', ...flags], signal);
      },
    }),
    servedTool({
      name: 'swarm_start',
      description: 'Start many agents on one task, and return the run id.',
      parameters: z.object({ task: words, model }),
      run: ({ task, model: name }, desk, signal) =>
        command(desk, ['swarm', ...ofModel(name), '--detach', '--json', '--', task], signal),
    }),
    servedTool({
      name: 'rlm_start',
      description: 'Ask a question over files of any size, and return the run id.',
      parameters: z.object({ question: words, files: z.array(file).min(1).max(50), model }),
      run: async ({ question, files, model: name }, desk, signal) => {
        for (const one of files) {
          const refusal = await whyNotServed(desk, one);
          if (refusal !== undefined) return failed(refusal);
        }
        const inputs = files.flatMap((one) => ['-f', one]);
        const flags = [...inputs, '--shown-only', ...ofModel(name), '--detach', '--json'];
        return command(desk, ['rlm', ...flags, '--', question], signal);
      },
    }),
    servedTool({
      name: 'script_start',
      description:
        'Run a script of the repository by its name, a program over many agents, and return the run id.',
      parameters: z.object({ name: scriptNameSchema, args: z.json().optional(), model }),
      run: ({ name, args, model: chosen }, desk, signal) => {
        const given = args === undefined ? [] : ['--args', JSON.stringify(args)];
        const flags = [...given, ...ofModel(chosen), '--detach', '--json'];
        return command(desk, ['script', 'run', name, ...flags], signal);
      },
    }),
    servedTool({
      name: 'runs_list',
      description: 'The latest runs of every kind, newest first.',
      parameters: z.object({}),
      isReading: true,
      run: (_input, desk, signal) => command(desk, ['runs', 'list', '--json'], signal),
    }),
    ...ofOneRun(),
  ];
}

function ofOneRun(): ServedTool[] {
  const parameters = z.object({ run_id: runId });
  return [
    servedTool({
      name: 'run_status',
      description: 'How a run stands or ended.',
      parameters,
      isReading: true,
      run: ({ run_id: id }, desk, signal) => command(desk, ['runs', 'show', id, '--json'], signal),
    }),
    servedTool({
      name: 'run_report',
      description: 'The report of a run, in Markdown.',
      parameters,
      isReading: true,
      run: ({ run_id: id }, desk, signal) => command(desk, ['runs', 'report', id], signal),
    }),
    servedTool({
      name: 'run_cancel',
      description: 'Stop a run; what has passed stays.',
      parameters,
      run: ({ run_id: id }, desk, signal) =>
        command(desk, ['runs', 'cancel', id, '--json'], signal),
    }),
  ];
}

async function command(
  { folder, environment, signal: gone }: ServeDesk,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ServedAnswer> {
  let errors = '';
  const known = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const result = await runProcess({
    command: process.execPath,
    args: [PROGRAM, ...args],
    cwd: folder,
    env: Object.fromEntries(known),
    timeoutMs: TIMEOUT_MS,
    signal: AbortSignal.any([signal, gone]),
    maxOutputBytes: MAX_OUTPUT,
    onErrorOutput: (chunk) => {
      errors = (errors + Buffer.from(chunk).toString('utf8')).slice(-4000);
    },
  });
  const { head, tail, omittedBytes } = result.output;
  const said = omittedBytes === 0 ? head : `${head}\n[… ${omittedBytes} bytes left out …]\n${tail}`;
  const text = modelText(visible(said.trim()), SHOWN);
  if (result.outcome !== 'exited') return failed(`codetether ${args[0] ?? ''} ${result.outcome}.`);
  // 1 = it did not fully succeed, which is a fact about the run and no failure of the command.
  if (result.exitCode === 0 || (result.exitCode === 1 && text !== ''))
    return { text: text === '' ? '(nothing)' : text, isError: false };
  // What went wrong stands in the document; where there is none, on standard error.
  return failed(modelText(text === '' ? visible(errors.trim()) : text, 8192));
}
