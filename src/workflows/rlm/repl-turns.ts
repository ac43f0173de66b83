import { ApplicationFailure, type SignalDefinition } from '@temporalio/workflow';
import type { CallModelResult, CellResult, KnownAnswer } from '../../activities/index.js';
import {
  openRlmState,
  type AgentResult,
  type BlobRef,
  type ReplRequest,
  type RlmEnd,
  type RlmState,
  type RlmTask,
  type StallObservation,
  type ToolCallSummary,
} from '../../domain/index.js';
import { QuestionDesk } from './question-desk.js';
import type { ReplOwner } from './repl-owner.js';
import { prose, questionsTold } from './repl-words.js';
import { SubRepls } from './sub-repls.js';

/** How an agent that answers by code ended, for {@link AgentResult}. */
export interface ReplEnd extends Pick<AgentResult, 'outcome' | 'reason'> {
  readonly summary: string;
  readonly rlm: RlmEnd;
}

/** A cell that an earlier attempt had begun, with what its open questions were answered since. */
export interface BegunCell {
  readonly result: CellResult;
  readonly answers: readonly KnownAnswer[];
}

type FoundAnswer = NonNullable<CellResult['final']>;

const OUTPUT_KEPT = 500;
/** Quotations that are kept of what the last cells saw. */
const MOST_SEEN = 10;
/** Waves of one cell, and those in a row to which nothing but the end of the budget was answered. */
const MOST_WAVES = 300;
const REFUSED_WAVES = 3;
/** Messages in a row without code after which no more are paid for. */
const IDLE_LIMIT = 4;

/**
 * The turns of an agent that answers a question over an input: each reply is code, each output its next message, and a FINAL that its code
 * runs ends it. What comes of it is in the journal; a REPL that is lost is made from it again.
 */
export class ReplTurns {
  private readonly owner: ReplOwner;
  private readonly task: RlmTask;
  private readonly desk: QuestionDesk;
  private readonly subRepls: SubRepls;
  private found: ReplEnd | undefined;
  /** Whose code runs, or ran last. */
  private turn: { readonly conversation: BlobRef; readonly index: number | null } | undefined;

  constructor(owner: ReplOwner, task: RlmTask) {
    this.owner = owner;
    this.task = task;
    this.subRepls = new SubRepls(owner, task, () => this.desk.left());
    this.desk = new QuestionDesk(owner, task, this.subRepls);
  }

  /** True while it is to go on where an earlier attempt had come to. */
  get resumes(): boolean {
    return this.task.resumes === true && this.owner.input.carried === undefined;
  }

  /** Where it is noted how far it has come, and who is asked now. */
  get place(): ({ place: string; attempt: number } & Pick<RlmTask, 'subModel'>) | undefined {
    const { place, attempt = 1, subModel } = this.task;
    return place === undefined ? undefined : { place, attempt, subModel };
  }

  /** Takes over a REPL of which nothing but its journal is known. */
  takeJournal(journal: BlobRef): void {
    this.owner.state.rlm = openRlmState({ ...this.task, journal });
  }

  /** How it ended; undefined while it has not. */
  get end(): ReplEnd | undefined {
    return this.found;
  }

  /** Says something to the REPLs below it. */
  tell(signal: SignalDefinition): void {
    this.subRepls.tell(signal);
  }

  /** Takes a reply without tool calls: runs its code. */
  async takeReply(reply: CallModelResult): Promise<ReplEnd | undefined> {
    this.begins();
    return this.afterReply(reply, await this.run({ kind: 'reply', conversation: reply.head }));
  }

  /** Goes on with a reply whose code an earlier attempt had begun to run. */
  async resumeReply(reply: CallModelResult, begun: BegunCell): Promise<ReplEnd | undefined> {
    this.turn = { conversation: reply.head, index: null };
    return this.afterReply(reply, await this.resume(begun));
  }

  private afterReply(reply: CallModelResult, cell: CellResult): ReplEnd | undefined {
    this.state.idle = cell.isProse ? (this.state.idle ?? 0) + 1 : 0;
    if (this.state.idle >= IDLE_LIMIT)
      return this.exhausted(`the model wrote no code in ${IDLE_LIMIT} messages`);
    if (cell.isProse) this.owner.say({ kind: 'user', text: prose(reply) });
    else if (cell.output !== null) this.owner.say({ kind: 'user-ref', ref: cell.output.ref });
    return this.afterTurn();
  }

  /** A turn of tool calls begins. */
  begins(): void {
    this.state.iterations += 1;
  }

  /** Carries out one tool call as a cell. */
  async takeCall(call: ToolCallSummary, conversation: BlobRef): Promise<StallObservation> {
    return this.afterCall(call, await this.run({ kind: 'call', conversation, index: call.index }));
  }

  /** Goes on with a tool call that an earlier attempt had begun to carry out. */
  async resumeCall(call: ToolCallSummary, conversation: BlobRef, begun: BegunCell): Promise<void> {
    this.turn = { conversation, index: call.index };
    this.afterCall(call, await this.resume(begun));
  }

  private afterCall(call: ToolCallSummary, cell: CellResult): StallObservation {
    const common = { callId: call.id, name: call.name, isError: cell.isError };
    if (cell.output === null)
      this.owner.say({ kind: 'tool-text', ...common, text: 'Nothing ran.' });
    else this.owner.say({ kind: 'tool', ...common, ref: cell.output.ref });
    return {
      call: call.digest,
      result: cell.stateHash.slice(0, 16),
      progress: cell.isError ? [] : [cell.stateHash],
    };
  }

  /** After a turn: its end, where it found one or has none left. */
  afterTurn(): ReplEnd | undefined {
    if (this.found !== undefined) return this.found;
    const left = this.task.maxIterations - this.state.iterations;
    if (left <= 0)
      return this.exhausted(`the limit of ${this.task.maxIterations} messages is reached`);
    if (left === 1)
      this.owner.say({
        kind: 'user',
        text: 'This is your last message: end with FINAL, with what you know and what you do not.',
      });
    return undefined;
  }

  /** The end of work that did not come to an answer: what was seen last, and nothing made up. */
  exhausted(reason: string): ReplEnd {
    return {
      outcome: 'limit',
      reason,
      summary: this.state.lastOutput,
      rlm: this.describe('exhausted', reason, null),
    };
  }

  private get state(): RlmState {
    return (this.owner.state.rlm ??= openRlmState(this.task));
  }

  private async run(
    what:
      | { readonly kind: 'reply'; readonly conversation: BlobRef }
      | { readonly kind: 'call'; readonly conversation: BlobRef; readonly index: number },
  ): Promise<CellResult> {
    this.state.before = this.state.journal;
    this.owner.do('runs its code');
    this.turn = {
      conversation: what.conversation,
      index: what.kind === 'call' ? what.index : null,
    };
    return this.finish(await this.step(what));
  }

  private resume({ result, answers }: BegunCell): Promise<CellResult> {
    this.absorb(result);
    return this.finish(result, answers);
  }

  /** Has a cell's questions answered until it has ended. */
  private async finish(begun: CellResult, known: readonly KnownAnswer[] = []): Promise<CellResult> {
    let cell = begun;
    let refusedWaves = 0;
    for (let wave = 1; !cell.isDone; wave += 1) {
      const { requests } = cell;
      if (requests.length === 0) throw nothingAsked();
      this.state.subQueries += requests.filter(({ kind }) => kind !== 'tool').length;
      this.owner.do(`waits for ${requests.length} answers`);
      this.tellQuestions(requests);
      // what was answered before belongs to the wave that was open then
      const results = await this.desk.ask(requests, wave === 1 ? known : []);
      const isRefused = results.every((end) => 'code' in end && end.code === 'BUDGET');
      refusedWaves = isRefused ? refusedWaves + 1 : 0;
      cell = await this.step({ kind: 'settle', results });
      // code that asks again whatever it is told would do so for ever
      const why = endless(refusedWaves, wave);
      if (!cell.isDone && why !== undefined) {
        this.found = this.exhausted(why);
        return cell;
      }
    }
    this.remember(cell);
    if (cell.final !== null) this.judge(cell.final);
    return cell;
  }

  /** What it saw, for the case that no answer comes. */
  private remember({ output, seen = [] }: CellResult): void {
    const { state } = this;
    if (seen.length > 0) {
      const places = new Set(seen.map(({ start }) => start));
      const before = (state.seen ?? []).filter(({ start }) => !places.has(start));
      state.seen = [...seen, ...before].slice(0, MOST_SEEN);
    }
    state.lastOutput = (output?.preview ?? '').slice(0, OUTPUT_KEPT) || state.lastOutput;
  }

  private async step(
    what:
      | Parameters<ReplTurns['run']>[0]
      | { readonly kind: 'settle'; readonly results: Awaited<ReturnType<QuestionDesk['ask']>> },
  ): Promise<CellResult> {
    const { owner, task, state } = this;
    const cell = await owner.steps.run('runCell', {
      summary: `cell ${state.iterations}${what.kind === 'settle' ? ` · ${what.results.length} answers` : ''}`,
      key: { scope: owner.scope, step: owner.nextStep(), index: 0 },
      args: {
        node: owner.scope,
        task,
        journal: state.journal,
        before: state.before,
        what,
        ...this.cellMark(),
      },
    });
    this.absorb(cell);
    return cell;
  }

  /** Takes in what a step made of the REPL. */
  private absorb(cell: CellResult): void {
    const { state } = this;
    state.journal = cell.journal;
    if (cell.stateHash !== '') state.stateHash = cell.stateHash;
    state.hasLooked ||= cell.hasLooked;
  }

  /** How it stands before the model is asked, for those who keep it; nothing where nobody does. */
  replyMark(): { mark?: { place: string; attempt: number; rlm: RlmState } } {
    const { place, attempt = 1 } = this.task;
    return place === undefined ? {} : { mark: { place, attempt, rlm: { ...this.state } } };
  }

  private cellMark() {
    const { mark } = this.replyMark();
    if (mark === undefined || this.turn === undefined) return {};
    const { conversation, index } = this.turn;
    const { pending } = this.owner.state;
    return {
      mark: { ...mark, conversation: conversation.digest, index, pending: [...pending] },
    };
  }

  private tellQuestions(requests: readonly ReplRequest[]): void {
    // one that goes on has not had a turn of its own yet
    const turn = Math.max(1, this.owner.state.spending.turns);
    for (const told of questionsTold(requests, this.task.subModel.model))
      this.owner.events.add('tool.start', { turn, ...told });
  }

  /** Takes an answer, or sends it back once for each thing that is wrong with it. */
  private judge(final: FoundAnswer): void {
    const complaint = this.complaint(final);
    if (complaint !== undefined) {
      this.owner.say({ kind: 'user', text: complaint });
      return;
    }
    const { problems } = final;
    if (problems.length > 0) {
      this.found = this.exhausted(
        `the answer does not fit its schema: ${problems.slice(0, 3).join('; ')}`,
      );
      return;
    }
    const reason =
      final.missing.length === 0
        ? 'answered'
        : `answered; ${final.missing.length} quotations are not in the input`;
    this.found = {
      outcome: 'done',
      reason,
      summary: final.answer.preview,
      rlm: this.describe('answered', reason, final),
    };
  }

  private complaint({ problems, missing }: FoundAnswer): string | undefined {
    const { state } = this;
    const once = (kind: RlmState['sentBack'][number]): boolean => {
      if (state.sentBack.includes(kind)) return false;
      state.sentBack = [...state.sentBack, kind];
      return true;
    };
    if (!state.hasLooked && once('unread'))
      return 'Your code has not looked at the input. Look first; then call FINAL again, with the same answer if it holds.';
    if (problems.length > 0 && once('schema'))
      return `The answer does not fit its schema:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nCall FINAL again with a value that fits.`;
    if (missing.length > 0 && once('evidence'))
      return `These quotations are not in the input, byte for byte:\n${missing.map((quote) => `- ${quote}`).join('\n')}\nCall FINAL again with quotations as they stand there (grep gives lines), or without them.`;
    return undefined;
  }

  private describe(status: RlmEnd['status'], reason: string, final: FoundAnswer | null): RlmEnd {
    const { iterations, subQueries, toolCalls, depth, journal, stateHash, seen = [] } = this.state;
    return {
      status,
      answer: final?.answer ?? null,
      // without an answer it is what was seen last
      evidence: final?.evidence ?? seen,
      reason,
      iterations,
      subQueries,
      ...(toolCalls === undefined ? {} : { toolCalls }),
      depth,
      journal,
      stateHash,
    };
  }
}

/** Why a cell that still asks is ended; undefined = it may go on. */
function endless(refusedWaves: number, wave: number): string | undefined {
  if (refusedWaves >= REFUSED_WAVES) return 'the budget is used up';
  return wave >= MOST_WAVES ? `one cell asked in more than ${MOST_WAVES} waves` : undefined;
}

function nothingAsked(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'a cell waits for questions that were not told: this is a defect',
    'ERR_RLM_ENGINE',
  );
}
