import type { RlmActivities } from '../../src/activities/rlm/rlm-activities.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import type { SettledRequest } from '../../src/domain/rlm/journal.js';
import { ZERO_SPENDING } from '../../src/domain/run/spending.js';
import type { ReplRequest } from '../../src/domain/rlm/repl-request.js';
import { FakeActivities, fakeRef, type FakeScript } from './fake-activities.js';

type Input<Name extends keyof RlmActivities> = Parameters<RlmActivities[Name]>[0];
type Result<Name extends keyof RlmActivities> = Awaited<ReturnType<RlmActivities[Name]>>;

/** What a test of a question decides; everything else has a default. */
export interface RlmScript extends FakeScript {
  readonly ingest?: () => Partial<Result<'ingestInput'>>;
  /** What a cell, or the ends of its questions, come to. */
  readonly runCell?: (input: Input<'runCell'>, count: number) => Partial<Result<'runCell'>>;
  readonly findReplMark?: (
    input: Input<'findReplMark'>,
  ) => Partial<Result<'findReplMark'>> | Promise<Partial<Result<'findReplMark'>>>;
  readonly spentBelow?: (input: Input<'spentBelow'>) => Result<'spentBelow'>;
  readonly askQuestion?: (
    input: Input<'askQuestion'>,
    count: number,
  ) => Partial<Result<'askQuestion'>> | Promise<Partial<Result<'askQuestion'>>>;
}

/** A question of a cell, with defaults. */
export function replRequest(id: number, fields: Partial<ReplRequest> = {}): ReplRequest {
  return {
    id,
    kind: 'llm',
    question: fakeRef(500 + id),
    hasSchema: false,
    model: null,
    needed: { costMicroUsd: 5, tokens: 110, calls: 1 },
    ...fields,
  };
}

/** An answer as it was found to be, with defaults. */
export function foundAnswer(
  fields: Partial<NonNullable<Result<'runCell'>['final']>> = {},
): NonNullable<Result<'runCell'>['final']> {
  const answer = { ref: fakeRef(61), json: fakeRef(62), preview: 'the answer' };
  return { answer, evidence: [], missing: [], problems: [], ...fields };
}

/** The ends that a cell was given; empty for a cell that begins. */
export function endsOf({ what }: Input<'runCell'>): readonly SettledRequest[] {
  return what.kind === 'settle' ? what.results : [];
}

/** Activities of a question over an input: they only remember what they were asked. */
export class FakeRlmActivities extends FakeActivities implements RlmActivities {
  readonly cells: Input<'runCell'>[] = [];
  readonly questions: Input<'askQuestion'>[] = [];
  private readonly rlmScript: RlmScript;

  constructor(script: RlmScript = {}) {
    super(script);
    this.rlmScript = script;
  }

  ingestInput = async (): Promise<Result<'ingestInput'>> => {
    this.calls.push('ingestInput');
    const facts = {
      type: 'logs',
      format: null,
      bytes: 10,
      lines: 2,
      replaced: 0,
      sources: 1,
    } as const;
    const frozen = { prompt: fakeRef(6), toolset: fakeRef(7) };
    return {
      context: fakeRef(60),
      facts,
      prompt: fakeRef(9),
      frozen,
      direct: null,
      ...this.rlmScript.ingest?.(),
    };
  };

  runCell = async (input: Input<'runCell'>): Promise<Result<'runCell'>> => {
    this.calls.push(`runCell ${input.what.kind}`);
    this.cells.push(input);
    return {
      journal: fakeRef(100 + this.cells.length),
      stateHash: `state-${this.cells.length}`,
      isDone: true,
      requests: [],
      output: { ref: fakeRef(200), preview: 'output' },
      isError: false,
      hasLooked: true,
      isProse: false,
      final: null,
      ...this.rlmScript.runCell?.(input, this.cells.length),
    };
  };

  askQuestion = async (input: Input<'askQuestion'>): Promise<Result<'askQuestion'>> => {
    this.calls.push('askQuestion');
    this.questions.push(input);
    const scripted = await this.rlmScript.askQuestion?.(input, this.questions.length);
    return {
      answer: fakeRef(300 + this.questions.length),
      text: fakeRef(301),
      preview: 'said',
      problems: [],
      said: null,
      usage: { ...ZERO_USAGE, inputTokens: 100, outputTokens: 10 },
      isUsageEstimated: false,
      costMicroUsd: 5,
      repeatedCalls: 0,
      durationMs: 1,
      ...scripted,
    };
  };

  beginRlmTask = async (): Promise<Result<'beginRlmTask'>> => {
    this.calls.push('beginRlmTask');
    const frozen = { prompt: fakeRef(6), toolset: fakeRef(7) };
    return { context: fakeRef(72), prompt: fakeRef(73), frozen };
  };

  readonly marks: Input<'findReplMark'>[] = [];

  findReplMark = async (input: Input<'findReplMark'>): Promise<Result<'findReplMark'>> => {
    this.calls.push('findReplMark');
    this.marks.push(input);
    const nothing = { turn: null, journal: null, answers: [] };
    return { ...nothing, ...(await this.rlmScript.findReplMark?.(input)) };
  };

  spentBelow = async (input: Input<'spentBelow'>): Promise<Result<'spentBelow'>> => {
    this.calls.push('spentBelow');
    return this.rlmScript.spentBelow?.(input) ?? ZERO_SPENDING;
  };

  beginSubRlm = async (): Promise<Result<'beginSubRlm'>> => {
    this.calls.push('beginSubRlm');
    const frozen = { prompt: fakeRef(6), toolset: fakeRef(7) };
    return { context: fakeRef(70), prompt: fakeRef(71), schema: null, frozen };
  };
}
