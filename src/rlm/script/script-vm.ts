import { createHash } from 'node:crypto';
import type {
  QuickJSContext,
  QuickJSDeferredPromise,
  QuickJSHandle,
  QuickJSRuntime,
} from 'quickjs-emscripten-core';
import { z } from 'zod';
import { RunawayError } from '../cell-error.js';
import { frozenClock, openRuntime } from '../engine/runtime.js';
import { callDigest } from './call-digest.js';
import { SCRIPT_PRELUDE } from './script-prelude.js';
import type {
  ScriptCall,
  ScriptCallEnd,
  ScriptCallKind,
  ScriptLine,
  ScriptProgram,
  ScriptSettings,
  ScriptStep,
} from './script-step.js';

const STACK_BYTES = 128 * 1024;
/** Polls of the engine in one step, counted instead of time; one is about 5,000 turns of a loop. */
const FUEL = 8000;
const JOBS_AT_ONCE = 10_000;
const MOST_JOBS = 300_000;
const MOST_LINES = 1000;
const LINE_LIMIT = 2000;
const PAYLOAD_LIMIT = 256 * 1024;
/** Calls that one step tells, and characters of what they were passed: they go through a history. */
const [STEP_CALLS, STEP_CHARACTERS] = [50, 512 * 1024];
const KINDS: readonly string[] = ['agent', 'sleep', 'ask'];
/** A nested one is handed a `workflow` that knows how deep it is. */
const BEFORE = '(async (args, workflow) => { "use strict"; ';
const AFTER = '\n})';
const STUCK = 'it waits for a promise that nobody settles';
/** The engine has none left for an error either. */
const NO_MEMORY = 'InternalError: out of memory, or null was thrown';
const USED_UP =
  'TimeoutError: it used up its computing time: it loops for ever, or does too much at once';

/** One script, with nothing of the host in it. Its state is what the ends of its calls make of it, told one by one, and nothing else. */
export class ScriptVm {
  private readonly vm: QuickJSContext;
  private readonly runtime: QuickJSRuntime;
  private readonly settings: ScriptSettings;
  private inner: QuickJSHandle | undefined;
  private readonly waiting = new Map<
    number,
    { call: ScriptCall; promise: QuickJSDeferredPromise }
  >();
  private readonly calls: ScriptCall[] = [];
  private readonly lines: ScriptLine[] = [];
  private readonly hash = createHash('sha256');
  private nextId = 0;
  private agents = 0;
  private spent = 0;
  private fuel = 0;
  /** Chains of the ends because of which it goes on. */
  private cause: readonly string[] = [];
  private problem: string | null = null;

  private constructor(runtime: QuickJSRuntime, settings: ScriptSettings) {
    this.runtime = runtime;
    this.settings = settings;
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => (this.fuel += 1) > FUEL);
    this.vm = runtime.newContext();
    const clock = frozenClock(settings.seed, settings.nowMs);
    this.vm.unwrapResult(this.vm.evalCode(clock, 'clock.js')).dispose();
  }

  /** Opens the engine for one script. */
  static async open(settings: ScriptSettings): Promise<ScriptVm> {
    return new ScriptVm(await openRuntime(), settings);
  }

  /** Runs the statements of a script until it has ended or only waits. Throws {@link RunawayError}; nothing of it can be used after that. */
  start(program: ScriptProgram): ScriptStep {
    const inner = this.begin(program);
    this.inner = inner;
    const main = this.compile(program.body, 'script.js');
    if (main.error === undefined)
      main.value.consume((handle) =>
        this.vm.unwrapResult(this.vm.callMethod(inner, 'run', [handle])).dispose(),
      );
    else this.problem = this.errorText(main.error);
    this.drain();
    return this.step();
  }

  /** Tells it the ends of calls, one after the other, and runs it on after each. Ends of calls that do not wait are passed over. */
  settle(ends: readonly ScriptCallEnd[]): ScriptStep {
    for (const end of ends) {
      const waiting = this.waiting.get(end.id);
      if (waiting === undefined || this.problem !== null) continue;
      this.waiting.delete(end.id);
      this.tell(waiting, end);
      this.drain();
    }
    return this.step();
  }

  /** Lets go of the engine. */
  dispose(): void {
    for (const { promise } of this.waiting.values()) promise.dispose();
    this.waiting.clear();
    this.inner?.dispose();
    this.vm.dispose();
    this.runtime.dispose();
  }

  private tell(
    { call, promise }: { readonly call: ScriptCall; readonly promise: QuickJSDeferredPromise },
    end: ScriptCallEnd,
  ): void {
    this.spent = Math.max(this.spent, end.spent);
    const isValue = 'value' in end;
    const text = isValue ? end.value : JSON.stringify({ code: end.code, message: end.message });
    // whatever follows is about how it ended, not only about what was asked
    this.cause = [
      createHash('sha256')
        .update(`${call.chain} ${isValue ? 'value' : 'error'} ${text}`)
        .digest('hex'),
    ];
    this.note('end', `${end.id} ${isValue ? 'value' : 'error'} ${text} ${this.spent}`);
    this.vm.newString(text).consume((handle) => {
      if (isValue) promise.resolve(handle);
      else promise.reject(handle);
    });
    promise.dispose();
  }

  private drain(): void {
    this.fuel = 0;
    for (let jobs = 0; jobs < MOST_JOBS;) {
      const done = this.runtime.executePendingJobs(JOBS_AT_ONCE);
      if (done.error !== undefined) {
        this.problem ??= this.errorText(done.error);
        return;
      }
      if (done.value < JOBS_AT_ONCE) return;
      jobs += done.value;
    }
    throw new RunawayError('its promises go on for ever');
  }

  private step(): ScriptStep {
    this.fuel = 0;
    const outcome = this.outcome();
    const lines = this.lines.splice(0);
    const { state, error } = this.ending(outcome);
    const calls = state === 'waiting' ? this.takeCalls() : [];
    return {
      state,
      calls,
      hasMore: state === 'waiting' && this.calls.length > 0,
      lines,
      value: state === 'done' ? (outcome.value ?? 'null') : null,
      error: error === undefined ? null : described(error),
      hash: this.hash
        .copy()
        .update(`${state} ${outcome.value ?? ''}`)
        .digest('hex'),
    };
  }

  private ending({ state, error }: Outcome): Pick<Outcome, 'error'> & Pick<ScriptStep, 'state'> {
    const isWaiting = state === 'running' && this.problem === null;
    if (isWaiting && this.waiting.size === 0) this.problem = STUCK;
    const why = this.problem === null ? error : { message: this.problem };
    if (why !== undefined) return { state: 'failed', error: why };
    return { state: state === 'done' ? 'done' : 'waiting' };
  }

  private takeCalls(): ScriptCall[] {
    let room = STEP_CHARACTERS;
    const end = this.calls.findIndex(({ payload }, at) => {
      room -= payload.length;
      return at >= STEP_CALLS || (at > 0 && room < 0);
    });
    return this.calls.splice(0, end === -1 ? this.calls.length : end);
  }

  private outcome(): Outcome {
    if (this.problem !== null || this.inner === undefined) return { state: 'running' };
    const result = this.vm.callMethod(this.inner, 'outcome');
    if (result.error !== undefined)
      return { state: 'failed', error: { message: this.errorText(result.error) } };
    return readOutcome(result.value.consume((handle) => this.vm.getString(handle)));
  }

  private begin({ args, nested }: ScriptProgram): QuickJSHandle {
    const { vm } = this;
    const host = vm.newObject();
    const functions: Readonly<Record<string, (...args: QuickJSHandle[]) => HostReturn>> = {
      ask: (kind, payload) => this.ask(this.textOf(kind), this.textOf(payload)),
      log: (level, text) =>
        this.say(this.textOf(level) === 'info' ? 'info' : 'warning', this.textOf(text)),
      phase: (title) => this.say('phase', this.textOf(title)),
      mark: () => vm.newString(JSON.stringify(this.cause)),
      join: (marks) => this.join(this.textOf(marks)),
      spent: () => vm.newNumber(this.spent),
      program: (name) => this.nested(this.textOf(name), nested),
    };
    for (const [name, run] of Object.entries(functions))
      vm.newFunction(name, run).consume((handle) => vm.setProp(host, name, handle));
    const { budget } = this.settings;
    const given = vm.newString(`{"args":${args},"budget":${JSON.stringify(budget)}}`);
    const prelude = vm.unwrapResult(vm.evalCode(SCRIPT_PRELUDE, 'prelude.js'));
    const inner = vm.unwrapResult(vm.callFunction(prelude, vm.undefined, host, given));
    for (const handle of [host, given, prelude]) handle.dispose();
    return inner;
  }

  /** A function of the statements; its argument is `args`. */
  private compile(body: string, file: string) {
    return this.vm.evalCode(`${BEFORE}${body}${AFTER}`, file);
  }

  private nested(name: string, known: ScriptProgram['nested']): HostReturn {
    const body = Object.hasOwn(known, name) ? known[name] : undefined;
    if (body !== undefined) return this.compile(body, `${name}.js`);
    const names = Object.keys(known).slice(0, 50).join(', ') || 'none';
    return { error: this.vm.newError(`there is no script ${name}; there are ${names}`) };
  }

  private textOf(handle: QuickJSHandle | undefined): string {
    return handle === undefined ? '' : this.vm.getString(handle);
  }

  private ask(asked: string, payload: string): QuickJSHandle {
    const promise = this.vm.newPromise();
    const kind = KINDS.includes(asked) ? (asked as ScriptCallKind) : 'agent';
    const refusal = this.refusal(kind, payload);
    if (refusal !== undefined) {
      this.vm.newString(JSON.stringify(refusal)).consume((handle) => promise.reject(handle));
      return promise.handle;
    }
    const id = this.nextId;
    this.nextId += 1;
    if (kind === 'agent') this.agents += 1;
    const digest = callDigest(kind, payload);
    const chain = createHash('sha256')
      .update([digest, ...this.cause].join(' '))
      .digest('hex');
    const call: ScriptCall = { id, kind, payload, digest, chain };
    this.note('call', `${id} ${chain} ${payload}`);
    this.waiting.set(id, { call, promise });
    this.calls.push(call);
    return promise.handle;
  }

  private refusal(kind: ScriptCallKind, payload: string) {
    if (payload.length > PAYLOAD_LIMIT)
      return {
        code: 'TooLargeError',
        message: `what is passed is longer than ${PAYLOAD_LIMIT / 1024} KiB`,
      };
    const { mostAgents } = this.settings;
    if (kind === 'agent' && this.agents >= mostAgents)
      return { code: 'LimitError', message: `a script may start at most ${mostAgents} agents` };
    return undefined;
  }

  private say(level: ScriptLine['level'], given: string): QuickJSHandle {
    const text = given.slice(0, LINE_LIMIT);
    this.note(level, text);
    if (this.lines.length < MOST_LINES) this.lines.push({ level, text });
    return this.vm.undefined;
  }

  /** It goes on because of all of these, in whatever order they came. */
  private join(marks: string): QuickJSHandle {
    const ends = (JSON.parse(marks) as string[]).flatMap((mark) => JSON.parse(mark) as string[]);
    const causes = [...new Set([...this.cause, ...ends])].toSorted();
    this.cause =
      causes.length <= 1 ? causes : [createHash('sha256').update(causes.join(' ')).digest('hex')];
    return this.vm.undefined;
  }

  private note(what: string, text: string): void {
    this.hash.update(`${what} ${text}\n`);
  }

  private errorText(handle: QuickJSHandle): string {
    const value = handle.consume((error) => this.vm.dump(error) as unknown);
    if (typeof value !== 'object' || value === null) return String(value).slice(0, LINE_LIMIT);
    const { name = 'Error', message = '' } = value as { name?: unknown; message?: unknown };
    if (message === 'interrupted') return USED_UP;
    return `${String(name)}: ${String(message)}`.slice(0, LINE_LIMIT);
  }
}

/** What a function of the host gives, or throws. */
type HostReturn = ReturnType<Parameters<QuickJSContext['newFunction']>[1]>;

/** A script may have changed the language under its own prelude. */
function readOutcome(text: string): Outcome {
  try {
    const outcome = outcomeSchema.parse(JSON.parse(text));
    if (outcome.value !== undefined) JSON.parse(outcome.value);
    return outcome;
  } catch {
    return { state: 'failed', error: { message: 'it changed the language under itself' } };
  }
}

const outcomeSchema = z.object({
  state: z.enum(['running', 'done', 'failed']),
  value: z.string().optional(),
  error: z
    .object({ name: z.string().optional(), message: z.string(), stack: z.string().optional() })
    .optional(),
});

type Outcome = z.infer<typeof outcomeSchema>;

function described({
  name,
  message,
  stack,
}: NonNullable<Outcome['error']>): NonNullable<ScriptStep['error']> {
  const line = /script\.js:(\d+)/.exec(stack ?? '')?.[1];
  const said = [name, message].filter(Boolean).join(': ');
  // the engine throws null where it has no memory for an error
  const text =
    message === 'interrupted' ? USED_UP : said === '' || said === 'Error: null' ? NO_MEMORY : said;
  return { message: text.slice(0, LINE_LIMIT), line: line === undefined ? null : Number(line) };
}
