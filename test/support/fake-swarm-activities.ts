import type { SwarmActivities } from '../../src/activities/swarm/swarm-activities.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import type { RunEvent } from '../../src/domain/run/event.js';
import { FakeActivities, fakeRef, type FakeScript } from './fake-activities.js';

type Input<Name extends keyof SwarmActivities> = Parameters<SwarmActivities[Name]>[0];
type Result<Name extends keyof SwarmActivities> = Awaited<ReturnType<SwarmActivities[Name]>>;
type Landing = Result<'landSubtasks'>['landed'][number];

/** What a test of a swarm decides; everything else has a default. */
export interface SwarmScript extends FakeScript {
  /** Called before a subtask's lane is ready; may throw. */
  readonly beforeSubtask?: (input: Input<'beginSubtask'>) => void | Promise<void>;
  /** Called before a batch lands; may throw. */
  readonly beforeLanding?: (ids: readonly string[], count: number) => void;
  /** What becomes of one candidate; undefined = it lands. */
  readonly land?: (id: string, count: number) => Landing | undefined;
  readonly plan?: (count: number) => Partial<Result<'planSwarm'>>;
  readonly answerRow?: (
    row: number,
    count: number,
  ) => Partial<Result<'answerRow'>> | Promise<Partial<Result<'answerRow'>>>;
  readonly publish?: () => void;
  /** Called before lock files are made anew; may throw. */
  readonly beforeLocks?: () => void;
  /** Branch with what a subtask left in its lane; null = it changed nothing. */
  readonly left?: (subtask: string) => string | null;
  /** Called before a table is written, results are joined, or a judge begins; may throw. */
  readonly beforeOwnStep?: (step: 'saveRows' | 'joinResults' | 'beginJudge') => void;
}

const FROZEN = { prompt: fakeRef(6), toolset: fakeRef(7) };

/** What one call of a model costs. */
const PAID = {
  usage: { ...ZERO_USAGE, inputTokens: 100, outputTokens: 10 },
  isUsageEstimated: false,
  costMicroUsd: 5,
  repeatedCalls: 0,
  durationMs: 1,
};

/** Activities of a swarm: they only remember what they were asked. */
export class FakeSwarmActivities extends FakeActivities implements SwarmActivities {
  readonly begunSubtasks: Input<'beginSubtask'>[] = [];
  readonly landedBatches: Input<'landSubtasks'>[] = [];
  readonly joined: Input<'joinResults'>[] = [];
  private readonly swarmScript: SwarmScript;
  private readonly counts = new Map<string, number>();

  constructor(script: SwarmScript = {}) {
    super(script);
    this.swarmScript = script;
  }

  beginSubtask = async (input: Input<'beginSubtask'>): Promise<Result<'beginSubtask'>> => {
    const merge = input.conflict === undefined ? '' : ' merge';
    this.keep(`beginSubtask ${input.subtask.id} ${input.attempt}${merge}`, input);
    this.begunSubtasks.push(input);
    await this.swarmScript.beforeSubtask?.(input);
    return { prompt: fakeRef(9), frozen: FROZEN };
  };

  landSubtasks = async (input: Input<'landSubtasks'>): Promise<Result<'landSubtasks'>> => {
    const ids = input.candidates.map(({ id }) => id);
    this.keep(`landSubtasks ${ids.join(' ')}`, input);
    this.landedBatches.push(input);
    this.swarmScript.beforeLanding?.(ids, this.landedBatches.length);
    let { head } = input;
    const landed = ids.map((id): Landing => {
      const scripted = this.swarmScript.land?.(id, this.count(`land ${id}`));
      if (scripted !== undefined) return scripted;
      head = `commit-${id}-${this.landedBatches.length}`;
      return { id, kind: 'landed', commit: head, files: [`${id}.txt`] };
    });
    return { head, landed };
  };

  regenerateLocks = async (input: Input<'regenerateLocks'>): Promise<Result<'regenerateLocks'>> => {
    this.keep(`regenerateLocks ${input.locks.join(' ')}`, input);
    this.swarmScript.beforeLocks?.();
  };

  keepSubtask = async (input: Input<'keepSubtask'>): Promise<Result<'keepSubtask'>> => {
    this.keep(`keepSubtask ${input.subtask} ${input.tree}`, input);
    return { branch: `${input.branch}-${input.subtask}` };
  };

  keepUnlanded = async (input: Input<'keepUnlanded'>): Promise<Result<'keepUnlanded'>> => {
    this.keep(`keepUnlanded ${input.subtask} ${input.attempt} ${input.lane.id}`, input);
    const left = this.swarmScript.left?.(input.subtask) ?? null;
    return { branch: left };
  };

  publishSwarm = async (input: Input<'publishSwarm'>): Promise<Result<'publishSwarm'>> => {
    this.keep(`publishSwarm ${input.commit}`, input);
    this.swarmScript.publish?.();
    return { branch: input.branch, notes: [] };
  };

  beginJudge = async (input: Input<'beginJudge'>): Promise<Result<'beginJudge'>> => {
    this.keep('beginJudge', input);
    this.swarmScript.beforeOwnStep?.('beginJudge');
    return { prompt: fakeRef(8), frozen: FROZEN };
  };

  planSwarm = async (input: Input<'planSwarm'>): Promise<Result<'planSwarm'>> => {
    this.keep('planSwarm', input);
    const scripted = this.swarmScript.plan?.(this.count('plan'));
    return { ...PAID, subtasks: null, problems: [], answer: '', ...scripted };
  };

  answerRow = async (input: Input<'answerRow'>): Promise<Result<'answerRow'>> => {
    this.keep(`answerRow ${input.row}`, input);
    const scripted = await this.swarmScript.answerRow?.(input.row, this.count(`row ${input.row}`));
    return { ...PAID, answer: fakeRef(input.row + 1), problems: [], said: '{}', ...scripted };
  };

  saveRows = async (input: Input<'saveRows'>): Promise<Result<'saveRows'>> => {
    this.keep(`saveRows ${input.rows.map(({ status }) => status).join(' ')}`, input);
    this.swarmScript.beforeOwnStep?.('saveRows');
    return { rows: input.rows.length };
  };

  joinResults = async (input: Input<'joinResults'>): Promise<Result<'joinResults'>> => {
    this.keep('joinResults', input);
    this.swarmScript.beforeOwnStep?.('joinResults');
    this.joined.push(input);
    return { ...PAID, answer: fakeRef(50), preview: 'joined', input: 'd'.repeat(64) };
  };

  private count(name: string): number {
    const next = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, next);
    return next;
  }

  private keep(name: string, input: object): void {
    this.calls.push(name);
    if ('events' in input) this.events.push(...(input.events as readonly RunEvent[]));
  }
}
