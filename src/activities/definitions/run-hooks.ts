import { z } from 'zod';
import {
  hooksFor,
  innerStepKey,
  modelText,
  shortLine,
  type Definitions,
  type Hook,
  type HookEvent,
  type HookRun,
  type StepKey,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import {
  crashPoint,
  isViewId,
  openWorkspace,
  sha256,
  type StepJournal,
} from '../../platform/index.js';
import { runHookCommand, type HookEnd, type HookServices } from '../../tools/index.js';

/** What hooks need; built once per worker. */
export interface HookDependencies {
  /** Absolute path of CODETETHER_HOME. */
  readonly home: string;
  readonly journal: StepJournal;
  readonly hookServices: HookServices;
}

/** The moment at which hooks run. */
export interface HookMoment {
  readonly event: HookEvent;
  /** The tool that is called; absent for other moments. */
  readonly tool?: string;
  /** What they read as JSON, beside the name of the event and the folder. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly workspace: { readonly id: string; readonly workdir: string };
  readonly key: StepKey;
  /** Place of the first of them below the key: none has the place of another one, nor of a call inside a call. */
  readonly from: number;
  readonly signal: AbortSignal;
}

/** What became of the hooks of one moment. */
export interface HooksEnd {
  readonly runs: HookRun[];
  /** What the one said that denied; undefined = none did. Those behind it did not run. */
  readonly denial: string | undefined;
  /** What those wrote that passed. */
  readonly added: string;
}

/** Hooks of one moment that run; more are a mistake of whoever wrote them. */
export const MOST_AT_ONCE = 10;
const DENIED_EXIT = 2;
const SAID_LIMIT = 500;
const TEXT_LIMIT = 8 * 1024;
const STDIN_LIMIT = 256 * 1024;

const endSchema = z.object({
  exitCode: z.number().int().nullable(),
  out: z.string(),
  error: z.string(),
  durationMs: z.number().nonnegative(),
});

/**
 * Runs the hooks of a moment one after the other, each once by a key of its own, however often the step that they belong to is tried: exit
 * 0 goes on, exit 2 denies and ends the row, everything else is a warning. Folders that are only looked at have none.
 */
export async function runHooks(
  dependencies: HookDependencies,
  { hooks }: Pick<Definitions, 'hooks'>,
  moment: HookMoment,
): Promise<HooksEnd> {
  const chosen = hooksFor(hooks, moment.event, moment.tool).slice(0, MOST_AT_ONCE);
  const runs: HookRun[] = [];
  const added: string[] = [];
  if (isViewId(moment.workspace.id)) return { runs, denial: undefined, added: '' };
  for (const [at, hook] of chosen.entries()) {
    const end = await settle(dependencies, { hook, moment, at });
    const isDenied = end.exitCode === DENIED_EXIT;
    const said = modelText(
      redactText(isDenied || end.exitCode !== 0 ? errorOf(end) : end.out),
      TEXT_LIMIT,
    );
    runs.push({
      event: moment.event,
      command: shortLine(redactText(hook.command), 200),
      outcome: isDenied ? 'denied' : end.exitCode === 0 ? 'passed' : 'failed',
      said: shortLine(said, SAID_LIMIT),
      durationMs: end.durationMs,
    });
    if (isDenied) return { runs, denial: said.trim(), added: added.join('\n') };
    if (end.exitCode === 0 && said.trim() !== '') added.push(said.trim());
  }
  return { runs, denial: undefined, added: added.join('\n') };
}

function errorOf({ exitCode, out, error }: HookEnd): string {
  const said = error.trim() === '' ? out.trim() : error.trim();
  if (said !== '') return said;
  return exitCode === null ? 'its time was up' : `exit ${exitCode}`;
}

interface HookCall {
  readonly hook: Hook;
  readonly moment: HookMoment;
  readonly at: number;
}

async function settle(
  { journal, home, hookServices }: HookDependencies,
  { hook, moment, at }: HookCall,
): Promise<z.infer<typeof endSchema>> {
  const key = innerStepKey(moment.key, moment.from + at);
  const { result } = await journal.settle({
    key,
    identity: { hook: sha256(hook.command).slice(0, 16), event: hook.event },
    isInner: true,
    parse: (stored) => endSchema.parse(stored),
    async run() {
      crashPoint('hook.before-run');
      const startedAt = performance.now();
      const workspace = await openWorkspace(home, moment.workspace);
      const end = await runHookCommand(
        hookServices,
        { command: hook.command, timeoutMs: hook.timeoutS * 1000, stdin: stdinOf(moment) },
        { step: key, workspace, signal: moment.signal },
      );
      crashPoint('hook.before-record');
      return { ...end, durationMs: Math.round(performance.now() - startedAt) };
    },
  });
  crashPoint('hook.after-record');
  return result;
}

/** What a hook reads: the names that hooks of other agents know, and no secret. */
function stdinOf({ event, tool, facts, workspace }: HookMoment): string {
  const head = {
    hook_event_name: event,
    cwd: workspace.workdir,
    ...(tool === undefined ? {} : { tool_name: tool }),
  };
  const text = redactText(JSON.stringify({ ...head, ...facts }));
  return text.length <= STDIN_LIMIT ? text : JSON.stringify({ ...head, is_cut: true });
}
