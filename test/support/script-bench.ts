import { onTestFinished } from 'vitest';
import { readScript } from '../../src/rlm/script/script-source.js';
import { ScriptVm } from '../../src/rlm/script/script-vm.js';
import {
  type ScriptCall,
  type ScriptCallEnd,
  type ScriptProgram,
  type ScriptSettings,
  type ScriptStep,
} from '../../src/rlm/script/script-step.js';

const SETTINGS: ScriptSettings = {
  budget: null,
  mostAgents: 1000,
  seed: 'seed',
  nowMs: Date.UTC(2026, 0, 1),
};

/** A script with the least that it says of itself. */
export const scriptOf = (body: string): string =>
  `export const meta = { name: 'test', description: 'a test' }\n${body}`;

/** The statements of a script that is right. */
function bodyOf(script: string): string {
  const read = readScript(script);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.body;
}

/** A script with what it runs over. */
export function programOf(
  script: string,
  {
    args = 'null',
    nested = {},
  }: { readonly args?: string; readonly nested?: Readonly<Record<string, string>> } = {},
): ScriptProgram {
  return {
    body: bodyOf(script),
    args,
    nested: Object.fromEntries(
      Object.entries(nested).map(([name, other]) => [name, bodyOf(other)]),
    ),
  };
}

/** Opens an engine that is let go of when the test ends. */
export async function openScript(settings: Partial<ScriptSettings> = {}): Promise<ScriptVm> {
  const vm = await ScriptVm.open({ ...SETTINGS, ...settings });
  onTestFinished(() => vm.dispose());
  return vm;
}

/** How a call ends. */
export type Answer = (call: ScriptCall) => unknown;

/** The end of a call with a value, or an error where the answer is one. */
export function endOf(call: ScriptCall, answer: Answer): ScriptCallEnd {
  try {
    return { id: call.id, spent: (call.id + 1) * 10, value: JSON.stringify(answer(call) ?? null) };
  } catch (error) {
    return { id: call.id, spent: (call.id + 1) * 10, code: 'AgentError', message: String(error) };
  }
}

/** A script run to its end. */
export interface PlayedScript {
  readonly last: ScriptStep;
  readonly calls: readonly ScriptCall[];
  readonly lines: readonly string[];
  readonly ends: readonly ScriptCallEnd[];
}

/** Runs a script to its end; `pick` says which of the calls that wait ends next (default: the first). */
export async function play(
  script: string,
  {
    answer = (call) => `did ${promptOf(call)}`,
    pick = () => 0,
    args = 'null',
    nested = {},
    ...settings
  }: Partial<ScriptSettings> & {
    readonly args?: string;
    readonly nested?: Readonly<Record<string, string>>;
    readonly answer?: Answer;
    readonly pick?: (waiting: readonly ScriptCall[]) => number;
  } = {},
): Promise<PlayedScript> {
  const vm = await openScript(settings);
  let step = vm.start(programOf(script, { args, nested }));
  const calls: ScriptCall[] = [];
  const waiting: ScriptCall[] = [];
  const ends: ScriptCallEnd[] = [];
  const lines: string[] = [];
  for (;;) {
    calls.push(...step.calls);
    waiting.push(...step.calls);
    lines.push(
      ...step.lines.map(({ level, text }) => (level === 'info' ? text : `${level}: ${text}`)),
    );
    if (step.hasMore) {
      step = vm.settle([]);
      continue;
    }
    if (step.state !== 'waiting') return { last: step, calls, lines, ends };
    const [call] = waiting.splice(pick(waiting), 1);
    if (call === undefined) throw new Error('nothing waits');
    const end = endOf(call, answer);
    ends.push(end);
    step = vm.settle([end]);
  }
}

/** What an agent was asked. */
export function promptOf({ payload }: ScriptCall): string {
  return String((JSON.parse(payload) as { prompt?: unknown }).prompt);
}

/** What a script returned. */
export function valueOf({ last }: PlayedScript): unknown {
  if (last.value === null) throw new Error(`${last.state}: ${last.error?.message ?? ''}`);
  return JSON.parse(last.value);
}
