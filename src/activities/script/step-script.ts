import { z } from 'zod';
import {
  blobRefSchema,
  scriptTaskSchema,
  type BlobRef,
  type KnownStock,
  type ScriptEnd,
  type ScriptTask,
} from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import { addToScript, sha256 } from '../../platform/index.js';
import {
  readProgram,
  settingsOf,
  type ScriptCall,
  type ScriptPlace,
  type ScriptStep,
} from '../../rlm/index.js';
import { defineStep, journaledFields, type StepWork } from '../lib/step.js';
import { askedCall, askedCallSchema } from './asked-call.js';
import { endsOf, givenEndSchema } from './given-end.js';
import { knownEnds } from './known-ends.js';
import type { ScriptDependencies } from './script-dependencies.js';

const stepScriptSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  /** Names the script; the same for all of its steps. */
  node: z.string(),
  task: scriptTaskSchema,
  /** Everything that happened in it; null = it begins. */
  journal: blobRefSchema.nullable(),
  ends: z.array(givenEndSchema).max(500),
});

type StepRequest = z.output<typeof stepScriptSchema>;

/** What a step of a script came to. */
const scriptStepSchema = z.object({
  state: z.enum(['waiting', 'done', 'failed']),
  journal: blobRefSchema.nullable(),
  hash: z.string(),
  /** Calls that have to be carried out. */
  calls: z.array(askedCallSchema),
  /** More calls were made than one step tells: it is to be asked again at once. */
  hasMore: z.boolean(),
  lines: z.array(z.object({ level: z.enum(['info', 'warning', 'phase']), text: z.string() })),
  /** Answers that do not fit the schema that they were asked for, with what is wrong. */
  misfits: z.array(z.object({ id: z.number(), problems: z.array(z.string()) })),
  /** Calls whose ends were taken over from the run before. */
  taken: z.number().int().nonnegative(),
  /** What it returned. */
  value: z.object({ ref: blobRefSchema, preview: z.string() }).nullable(),
  error: z.object({ message: z.string(), line: z.number().nullable() }).nullable(),
});

/** See {@link stepScriptStep}. */
export type ScriptStepResult = z.infer<typeof scriptStepSchema>;

const PREVIEW_LENGTH = 4000;
/** Lines of one step that are told; the rest is counted. */
const LINES_TOLD = 100;
/** Calls that one step tells, also where many were taken over on the way. */
const CALLS_TOLD = 50;
/** Ends of a run before that one step tells: it has a time limit. */
const TAKEN_AT_ONCE = 200;

/**
 * Begins a script, or tells it how its calls have ended, and runs it until it only waits. Idempotent by step key; a script whose thread
 * is gone is made again from its journal. What is wrong with the script itself is a result.
 */
export const stepScriptStep = defineStep<ScriptDependencies>()({
  input: stepScriptSchema,
  journal: {
    result: scriptStepSchema,
    identity: ({ node, journal, ends }) => ({
      node,
      journal: journal?.digest ?? null,
      ends: sha256(JSON.stringify(ends)),
    }),
  },
  run: runStep,
});

async function runStep(
  request: StepRequest,
  work: StepWork<ScriptDependencies>,
): Promise<ScriptStepResult> {
  const { blobs } = work.dependencies;
  const { ends, misfits } = await endsOf(request.ends, blobs);
  const walk = new Walk(request, work);
  const known = await knownEnds(request.task.known, { journal: request.journal, blobs });
  const first = await walk.go(request.journal === null ? null : ends);
  return walk.result(misfits, await tellKnown(first, walk, known));
}

/** What a run before has paid for is told at once, one end after the other in the order in which they came. */
async function tellKnown(
  first: ScriptStep | undefined,
  walk: Walk,
  known: KnownStock,
): Promise<ScriptStep | undefined> {
  let step = first;
  for (;;) {
    if (step === undefined) return undefined;
    walk.keep(step, known.ask(step.calls));
    const { hasRoom } = walk;
    const end = hasRoom ? known.next() : undefined;
    if (end === undefined && !(step.hasMore && hasRoom))
      return { ...step, hasMore: step.state === 'waiting' && (step.hasMore || !hasRoom) };
    if (end !== undefined) walk.taken += 1;
    step = await walk.go(end === undefined ? [] : [end]);
  }
}

/** One step of the run, which may be several of the script. */
class Walk {
  readonly calls: ScriptCall[] = [];
  taken = 0;
  private readonly lines: { level: 'info' | 'warning' | 'phase'; text: string }[] = [];
  private readonly request: StepRequest;
  private readonly work: StepWork<ScriptDependencies>;
  private journal: BlobRef | null;
  private killed: string | undefined;

  constructor(request: StepRequest, work: StepWork<ScriptDependencies>) {
    this.request = request;
    this.work = work;
    this.journal = request.journal;
  }

  /** True while more fits into what one step tells. */
  get hasRoom(): boolean {
    return this.calls.length < CALLS_TOLD && this.taken < TAKEN_AT_ONCE;
  }

  /** Undefined when its thread had to be ended. */
  async go(ends: readonly ScriptEnd[] | null): Promise<ScriptStep | undefined> {
    const { dependencies, signal } = this.work;
    const { blobs, scripts } = dependencies;
    const place = placeOf(this.request, this.journal, dependencies);
    const { outcome, kept } = await scripts.step(place, ends, signal);
    if (outcome.kind === 'killed') {
      this.killed = outcome.reason;
      return undefined;
    }
    const { calls, hash } = outcome.step;
    const chains = calls.map(({ id, chain }) => ({ id, chain }));
    this.journal = await addToScript(
      this.journal,
      { ends: ends === null ? null : [...ends], chains, hash },
      blobs,
    );
    kept(this.journal);
    return outcome.step;
  }

  /** Takes in what a step of the script has asked for, but for calls that are answered already. */
  keep(step: ScriptStep, answered: ReadonlySet<number>): void {
    this.calls.push(...step.calls.filter(({ id }) => !answered.has(id)));
    this.lines.push(...step.lines.map(({ level, text }) => ({ level, text: redactText(text) })));
  }

  async result(
    misfits: ScriptStepResult['misfits'],
    step: ScriptStep | undefined,
  ): Promise<ScriptStepResult> {
    const { blobs, scripts } = this.work.dependencies;
    const { node, task } = this.request;
    if (step?.state !== 'waiting') await scripts.close(node);
    const calls = await Promise.all(this.calls.map((call) => askedCall(call, task, blobs)));
    const said = { journal: this.journal, calls, lines: this.told(), misfits, taken: this.taken };
    if (step === undefined) return { ...said, ...ENDED, error: this.killedError() };
    const { state, hash, hasMore, value, error } = step;
    const kept = value === null ? null : await storedValue(value, blobs);
    return { ...said, state, hash, hasMore, value: kept, error: redactValues(error) };
  }

  private told(): ScriptStepResult['lines'] {
    const left = this.lines.length - LINES_TOLD;
    const told = this.lines.slice(0, LINES_TOLD);
    return left > 0 ? [...told, { level: 'warning', text: `${left} more lines` }] : told;
  }

  private killedError(): ScriptStepResult['error'] {
    return { message: `it was ended: ${this.killed ?? 'its thread is gone'}`, line: null };
  }
}

const ENDED = { state: 'failed', hash: '', hasMore: false, value: null } as const;

async function storedValue(json: string, blobs: ScriptDependencies['blobs']) {
  const text = JSON.stringify(redactValues(JSON.parse(json) as unknown));
  return { ref: await blobs.put(text), preview: text.slice(0, PREVIEW_LENGTH) };
}

function placeOf(
  { node, task }: { readonly node: string; readonly task: ScriptTask },
  journal: BlobRef | null,
  { blobs }: Pick<ScriptDependencies, 'blobs'>,
): ScriptPlace {
  return {
    node,
    journal,
    readProgram: () => readProgram(task, blobs),
    settings: settingsOf(task),
  };
}
