import type { SwarmInput } from '../../contracts/index.js';
import {
  addSpending,
  type AgentSpending,
  type RunRecord,
  type Subtask,
  type SwarmFacts,
} from '../../domain/index.js';
import { RunState } from '../lib/run-state.js';
import { showSwarm } from './swarm-details.js';
import { withFacts, withFurther, withSubtasks } from './swarm-record.js';

/** Shows what a record is after everything that changes it at one moment: a line for each of hundreds is not free. */
function shownOnce(show: (record: RunRecord) => void): (record: RunRecord) => void {
  let newest: RunRecord | undefined;
  return (record) => {
    const isAwaited = newest !== undefined;
    newest = record;
    if (isAwaited) return;
    void Promise.resolve().then(() => {
      const shown = newest;
      newest = undefined;
      if (shown !== undefined) show(shown);
    });
  };
}

/** Ends between two writes of the record: a large one is not written a thousand times. */
const WRITES_OF_A_SWARM = 20;

/** What the parts of a swarm share: its record, its subtasks by id, its events. */
export class SwarmState extends RunState<SwarmInput> {
  private readonly subtasks = new Map<string, Subtask>();
  /** Commit that was published last, or that could not be. */
  triedHead: string | undefined;
  private unsaved = 0;

  constructor(input: SwarmInput, record: RunRecord) {
    super(input, record, shownOnce(showSwarm));
    this.know(input.subtasks);
  }

  /** How often this swarm has been started; places of judges are named after it. */
  get round(): number {
    return 1 + Math.max(0, ...this.record.stories.map(({ attempts }) => attempts.length));
  }

  /** Takes in the subtasks that were planned. */
  plan(subtasks: readonly Subtask[]): void {
    this.know(subtasks);
    this.record = withSubtasks(this.record, subtasks);
  }

  /** Takes in subtasks that were asked for later. */
  add(subtasks: readonly Subtask[]): void {
    this.know(subtasks);
    this.record = withFurther(this.record, subtasks);
  }

  private know(subtasks: readonly Subtask[]): void {
    for (const subtask of subtasks) this.subtasks.set(subtask.id, subtask);
  }

  /** A subtask by its id. */
  subtask(id: string): Subtask | undefined {
    return this.subtasks.get(id);
  }

  /** Changes what only a swarm has. */
  set(facts: Partial<SwarmFacts>): void {
    this.record = withFacts(this.record, facts);
  }

  /** Counts what the run spent beside its subtasks. */
  addOverhead(spending: AgentSpending): void {
    const { overhead } = this.record;
    this.record = {
      ...this.record,
      overhead: overhead === undefined ? spending : addSpending(overhead, spending),
    };
  }

  /** Something ended: the record is written now, or with the next few. Nobody waits for it. */
  noteProgress(): void {
    this.unsaved += 1;
    if (this.unsaved < Math.ceil(this.record.stories.length / WRITES_OF_A_SWARM)) return;
    this.unsaved = 0;
    this.save().catch(() => undefined);
  }
}
