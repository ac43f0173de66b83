import { createHash } from 'node:crypto';
import type {
  QuickJSContext,
  QuickJSDeferredPromise,
  QuickJSHandle,
  QuickJSRuntime,
} from 'quickjs-emscripten-core';
import type { ContextReader } from '../context/context-reader.js';
import { BlockDamagedError, CellError, RunawayError } from '../cell-error.js';
import { cellSource } from './cell-source.js';
import { CellAllowance, hostFunctions, type HostFunctions } from './host-functions.js';
import { PRELUDE } from './prelude.js';
import { frozenClock, openRuntime } from './runtime.js';
import { SeenSpans, type SeenSpan } from './seen-spans.js';

/** How large and how deep a REPL may work. */
export interface ReplSettings {
  /** Tokens of a prompt that the sub-model takes. */
  readonly promptTokens: number;
  /** A usual piece of the input for one question, in bytes. */
  readonly chunkBytes: number;
  /** Levels of REPLs that may still be opened below. */
  readonly levels: number;
  /** Characters of output that a cell shows. */
  readonly outputLimit: number;
  /** What random numbers come from. */
  readonly seed: string;
  /** The moment that clocks show, in milliseconds. */
  readonly nowMs: number;
}

/** A question that code asked. */
export interface AskedQuestion {
  readonly id: number;
  readonly kind: 'llm' | 'rlm' | 'tool';
  /** JSON of a `ReplQuestion`, or of the call of a tool. */
  readonly question: string;
}

/** How a question ended, with its text. */
export type QuestionEnd =
  | { readonly id: number; readonly answer: string }
  | { readonly id: number; readonly code: string; readonly message: string };

/** How far a cell has come. */
export interface CellStep {
  /** False = it waits for the questions. */
  readonly isDone: boolean;
  readonly questions: readonly AskedQuestion[];
  readonly output: string;
  /** Characters of output that are not shown. */
  readonly cut: number;
  readonly error: string | null;
  readonly final: { readonly value: unknown; readonly evidence: readonly unknown[] } | null;
  readonly hasLooked: boolean;
  /** Variables that changed, with the beginning of their values. */
  readonly changed: readonly string[];
  /** What it searched for or printed that is in the input, byte for byte. */
  readonly seen: readonly SeenSpan[];
  /** Digest of everything that the next cell can see. */
  readonly hash: string;
}

/** Calls of the language use the host's stack as well, which must not end first. */
const STACK_BYTES = 128 * 1024;
/** Polls of the engine, counted instead of time so that a replay stops where the first run did; one is about 5,000 turns of a loop. */
const FUEL = 4000;
/** Questions that are asked at a time, where the others stay; and most that a cell may ask at once. */
const [MOST_QUESTIONS, MOST_OPEN] = [200, 20_000];
/** Inputs up to this size are a string of the language. */
const SMALL_INPUT = 1024 * 1024;
const ASYNC_SCRIPT = 1 << 7;
const UNCOUNTED = new Set(['piece', 'rows', 'recordTable', 'chunks', 'outline']);
const USED_UP =
  'TimeoutError: the cell used up its computing time: it loops for ever, or does too much at once';
const JOBS_AT_ONCE = 10_000;
/** Continuations of one step; they are counted because they hardly poll. */
const MOST_JOBS = 300_000;

/** A JavaScript REPL over one input, with nothing of the host in it. State is what its cells and answers make of it, and nothing else. */
export class ReplVm {
  private readonly vm: QuickJSContext;
  private readonly runtime: QuickJSRuntime;
  private readonly inner: QuickJSHandle;
  private readonly allowance = new CellAllowance();
  private readonly trail: SeenSpans;
  private readonly settings: ReplSettings;
  private readonly waiting = new Map<number, QuickJSDeferredPromise>();
  private asked: AskedQuestion[] = [];
  private nextId = 0;
  private fuel = 0;
  private cell: QuickJSHandle | undefined;
  private problem: string | null = null;
  private damage: BlockDamagedError | undefined;
  private variables: Readonly<Record<string, string>> = {};

  private constructor(runtime: QuickJSRuntime, reader: ContextReader, settings: ReplSettings) {
    this.runtime = runtime;
    this.settings = settings;
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => (this.fuel += 1) > FUEL);
    this.vm = runtime.newContext();
    const { seed, nowMs } = settings;
    this.vm.unwrapResult(this.vm.evalCode(frozenClock(seed, nowMs), 'clock.js')).dispose();
    this.trail = new SeenSpans(reader);
    this.inner = this.begin(reader);
  }

  /** Opens a REPL. */
  static async open(reader: ContextReader, settings: ReplSettings): Promise<ReplVm> {
    return new ReplVm(await openRuntime(), reader, settings);
  }

  /** Runs a cell until it has ended or only waits for questions. Throws {@link RunawayError}; nothing of it can be used after that. */
  run(code: string): CellStep {
    this.allowance.begin();
    this.trail.begin();
    this.fuel = 0;
    // one that was left open waits for answers that come to nobody
    this.forget();
    this.problem = null;
    this.call('begin');
    const source = cellSource(code);
    if ('problem' in source) {
      this.problem = source.problem;
      return this.step();
    }
    const result = this.vm.evalCode(source.code, 'cell.js', ASYNC_SCRIPT);
    if (result.error === undefined) this.cell = result.value;
    else this.problem = this.errorText(result.error);
    return this.proceed();
  }

  /** Gives a cell the ends of its questions, and runs it on. */
  settle(ends: readonly QuestionEnd[]): CellStep {
    this.fuel = 0;
    for (const end of ends) {
      const promise = this.waiting.get(end.id);
      this.waiting.delete(end.id);
      if (promise === undefined) continue;
      const isAnswer = 'answer' in end;
      const text = isAnswer ? end.answer : JSON.stringify({ code: end.code, message: end.message });
      this.vm.newString(text).consume((handle) => {
        if (isAnswer) promise.resolve(handle);
        else promise.reject(handle);
      });
      promise.dispose();
    }
    return this.proceed();
  }

  /** Lets go of the engine. */
  dispose(): void {
    this.cell?.dispose();
    for (const promise of this.waiting.values()) promise.dispose();
    this.inner.dispose();
    this.vm.dispose();
    this.runtime.dispose();
  }

  private proceed(): CellStep {
    this.runJobs();
    if (this.cell !== undefined && this.problem === null) {
      const state = this.vm.getPromiseState(this.cell);
      if (state.type === 'pending') return this.step();
      if (state.type === 'rejected') this.problem = this.errorText(state.error);
      else state.value.dispose();
    }
    return this.finish();
  }

  /** What a cell prints last may wait for questions as well. */
  private finish(): CellStep {
    this.cell?.dispose();
    this.cell = undefined;
    const ending = this.vm.callMethod(this.inner, 'finish');
    if (ending.error !== undefined) {
      this.problem ??= this.errorText(ending.error);
      return this.step();
    }
    this.runJobs();
    const state = this.vm.getPromiseState(ending.value);
    if (state.type === 'pending') this.cell = ending.value;
    else {
      if (state.type === 'rejected') this.problem ??= this.errorText(state.error);
      ending.value.dispose();
    }
    return this.step();
  }

  private runJobs(): void {
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

  private step(): CellStep {
    // no answer may rest on an input that is not what it was
    if (this.damage !== undefined) throw this.damage;
    const isWaiting = this.cell !== undefined && this.problem === null;
    const questions = isWaiting ? this.asked.splice(0, MOST_QUESTIONS) : [];
    const isStuck = isWaiting && questions.length === 0 && this.waiting.size === 0;
    if (isStuck) this.problem = 'the cell waits for a promise that nobody settles';
    // the state is read with fuel of its own
    this.fuel = 0;
    const outcome = JSON.parse(this.text('outcome')) as Pick<
      CellStep,
      'output' | 'cut' | 'final' | 'hasLooked'
    >;
    const isDone = !isWaiting || isStuck;
    if (isDone) this.forget();
    return {
      ...outcome,
      isDone,
      questions,
      error: this.problem,
      changed: isDone ? this.changes() : [],
      seen: isDone ? this.trail.spans(outcome.output) : [],
      hash: createHash('sha256')
        .update(`${this.nextId}\n${this.text('state')}`)
        .digest('hex'),
    };
  }

  /** Questions that an ended cell did not wait for are asked by nobody. */
  private forget(): void {
    this.cell?.dispose();
    this.cell = undefined;
    this.asked = [];
    for (const promise of this.waiting.values()) promise.dispose();
    this.waiting.clear();
  }

  private changes(): string[] {
    const before = this.variables;
    this.variables = JSON.parse(this.text('variables')) as Record<string, string>;
    return Object.entries(this.variables)
      .filter(([name, preview]) => before[name] !== preview)
      .map(([name, preview]) => `${name}: ${preview}`);
  }

  private begin(reader: ContextReader): QuickJSHandle {
    const { vm } = this;
    const functions = hostFunctions(reader, this.settings);
    const host = vm.newFunction('host', (name, args) =>
      vm.newString(this.answer(functions, { name: vm.getString(name), args: vm.getString(args) })),
    );
    const ask = vm.newFunction('ask', (kind, question) =>
      this.ask(vm.getString(kind), vm.getString(question)),
    );
    const settings = this.json(this.preludeSettings(reader));
    const prelude = vm.unwrapResult(vm.evalCode(PRELUDE, 'prelude.js'));
    const inner = vm.unwrapResult(vm.callFunction(prelude, vm.undefined, host, ask, settings));
    for (const handle of [host, ask, settings, prelude]) handle.dispose();
    return inner;
  }

  private preludeSettings(reader: ContextReader): object {
    const { bytes, lines, type, format, sources } = reader.manifest;
    const { promptTokens, levels, outputLimit } = this.settings;
    const isSmall = bytes <= SMALL_INPUT;
    return {
      promptTokens,
      levels,
      outputLimit,
      info: {
        bytes,
        lines,
        type,
        format: format ?? null,
        files: sources.slice(0, 1000).map(({ name }) => name),
      },
      text: isSmall ? reader.text(0, bytes) : null,
    };
  }

  private answer(
    functions: HostFunctions,
    { name: wanted, args }: { readonly name: string; readonly args: string },
  ): string {
    try {
      const given = JSON.parse(args) as unknown[];
      const value = Object.hasOwn(functions, wanted) ? functions[wanted]?.(given) : null;
      this.trail.note(wanted, given, value);
      const text = JSON.stringify({ value });
      if (!UNCOUNTED.has(wanted)) this.allowance.take(text.length);
      return text;
    } catch (error) {
      if (error instanceof BlockDamagedError) this.damage = error;
      const { name, message } = error as Error;
      const kind = error instanceof CellError ? 'RangeError' : name;
      return JSON.stringify({ error: { name: kind, message: message.slice(0, 500) } });
    }
  }

  private ask(kind: string, question: string): QuickJSHandle {
    const promise = this.vm.newPromise();
    const id = this.nextId;
    this.nextId += 1;
    if (this.waiting.size >= MOST_OPEN) {
      const reason = { code: 'BUDGET', message: `a cell may ask ${MOST_OPEN} questions at once` };
      this.vm.newString(JSON.stringify(reason)).consume((handle) => promise.reject(handle));
      return promise.handle;
    }
    this.waiting.set(id, promise);
    this.asked.push({ id, kind: kind === 'rlm' || kind === 'tool' ? kind : 'llm', question });
    return promise.handle;
  }

  private call(method: string): void {
    const result = this.vm.callMethod(this.inner, method);
    this.vm.unwrapResult(result).dispose();
  }

  private text(method: string): string {
    const result = this.vm.callMethod(this.inner, method);
    if (result.error !== undefined) {
      const problem = this.errorText(result.error);
      return method === 'state' ? problem : JSON.stringify(unreadable(method, problem));
    }
    return result.value.consume((handle) => this.vm.getString(handle));
  }

  private json(value: object): QuickJSHandle {
    return this.vm.unwrapResult(this.vm.evalCode(`(${JSON.stringify(value)})`, 'settings.js'));
  }

  private errorText(handle: QuickJSHandle): string {
    const value = handle.consume((error) => this.vm.dump(error) as unknown);
    if (typeof value !== 'object' || value === null) return String(value).slice(0, 1000);
    const { name = 'Error', message = '' } = value as { name?: unknown; message?: unknown };
    if (message === 'interrupted') return USED_UP;
    return `${String(name)}: ${String(message)}`.slice(0, 1000);
  }
}

function unreadable(method: string, problem: string): object {
  return method === 'outcome' ? { output: problem, cut: 0, final: null, hasLooked: false } : {};
}
