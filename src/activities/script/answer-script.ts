import { z } from 'zod';
import { blobRefSchema, modelText } from '../../domain/index.js';
import { defineStep } from '../lib/step.js';
import type { ScriptDependencies } from './script-dependencies.js';

/** Characters of the value, of the log, and of what became of files: whoever wants more has the script write a file. */
const [VALUE_LIMIT, LOG_LIMIT, FILES_LIMIT] = [48 * 1024, 16 * 1024, 16 * 1024];
const WHOLE_LIMIT = VALUE_LIMIT + LOG_LIMIT + FILES_LIMIT + 4 * 1024;
const PREVIEW_LENGTH = 300;

const requestSchema = z.object({
  /** JSON of what the script returned; null = it failed. */
  value: blobRefSchema.nullable(),
  error: z.object({ message: z.string(), line: z.number().nullable() }).nullable(),
  /** Agents that it started, and those of them that did not end well. */
  agents: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  /** What it logged last, and how many lines came before. */
  lines: z.array(z.string()).max(50),
  omitted: z.number().int().nonnegative(),
  /** What became of the files of its agents, in words. */
  files: z.array(z.string()).max(100),
});

type Request = z.output<typeof requestSchema>;

/** How the script of a call ended, as the text of its result: its value or what went wrong, its log, its agents and their files. Repeatable. */
export const answerScriptStep = defineStep<ScriptDependencies>()({
  input: requestSchema,
  async run(request, { dependencies }) {
    const { blobs } = dependencies;
    const { value, lines, files, omitted } = request;
    const head =
      value === null
        ? errorText(request)
        : `The script returned:\n${modelText(plainText(await blobs.getText(value)), VALUE_LIMIT)}`;
    const parts = [
      head,
      agentsText(request),
      lines.length === 0 ? '' : modelText([logHead(omitted), ...lines].join('\n'), LOG_LIMIT),
      files.length === 0 ? '' : modelText(['Files:', ...files].join('\n'), FILES_LIMIT),
    ];
    const text = modelText(parts.filter((part) => part !== '').join('\n\n'), WHOLE_LIMIT);
    return { ref: await blobs.put(text), preview: text.slice(0, PREVIEW_LENGTH) };
  },
});

/** A text as it is, everything else as JSON. */
function plainText(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : json;
}

function errorText({ error }: Request): string {
  const { message, line } = error ?? { message: 'it gave no reason', line: null };
  return `The script failed${line === null ? '' : ` at line ${line}`}: ${message}`;
}

function agentsText({ agents, failed }: Request): string {
  if (agents === 0) return 'It started no agent.';
  const all = `It started ${agents} agent${agents === 1 ? '' : 's'}`;
  return failed === 0 ? `${all}.` : `${all}; ${failed} did not end well.`;
}

function logHead(omitted: number): string {
  return omitted === 0 ? 'Log:' : `Log, without ${omitted} lines before:`;
}
