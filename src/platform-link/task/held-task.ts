import type { TaskCaller, TaskEvent, TaskService } from '../../client/index.js';
import {
  CodetetherError,
  type TaskArtifact,
  type TaskUpdate,
  type TaskView,
} from '../../domain/index.js';
import { crashPoint } from '../../platform/index.js';
import type { LinkListener } from '../link-event.js';
import type { LinkOptions } from '../link-options.js';
import { isPassing, persist } from '../patience.js';
import type { OutputLine, PlatformProtocol, TaskEnd } from '../wire/protocol.js';
import {
  commonOf,
  lostOf,
  endedRecord,
  type ClaimAt,
  type ClaimRecord,
  type Session,
} from './claim-record.js';
import type { ClaimStore } from './claim-store.js';
import { KeptRecord } from './kept-record.js';
import { giveBack } from './give-back.js';
import { keptKeys } from './session.js';
import { failure, ignoreEnded, requireEnded } from './run-end.js';
import { standingOf } from './standing.js';
import { orderOf, type OrderContext } from './task-order.js';
import { endOf, outputOf } from './told.js';

/** What every task of a platform works with. */
export interface HeldTaskPorts {
  readonly protocol: PlatformProtocol;
  readonly store: ClaimStore;
  readonly tasks: TaskService;
  readonly caller: TaskCaller;
  readonly options: LinkOptions;
  /** See `shareWorkspaces`; as it stands now. */
  readonly workspaces: () => ReadonlyMap<string, string>;
  /** False when the platform does not see our stream: then a new one is being opened. */
  readonly isSeen: () => Promise<boolean>;
  readonly onEvent: LinkListener;
  /** Aborts when the worker stops; tasks go on without it. */
  readonly stop: AbortSignal;
}

/** One task of the platform, from the claim to the release. */
export class HeldTask {
  readonly id: string;
  readonly #ports: HeldTaskPorts;
  /** Aborts when the worker stops, or when the task is not ours any more. */
  readonly #given = new AbortController();
  readonly #signal: AbortSignal;
  readonly #kept: KeptRecord;
  /** The platform may have taken what is posted next: nobody saw its answer. */
  #isUncertain = true;
  #isCancelled = false;
  /** What is under way of {@link beat}. */
  #beating: Promise<void> | undefined;
  /** When the platform heard something of it, by this process's clock. */
  #toldAt = performance.now();

  constructor(record: ClaimRecord, ports: HeldTaskPorts) {
    this.id = record.id;
    this.#kept = new KeptRecord(record, ports.store);
    this.#ports = ports;
    this.#signal = AbortSignal.any([ports.stop, this.#given.signal]);
  }

  /** See {@link ClaimRecord}. */
  get record(): ClaimRecord {
    return this.#kept.record;
  }

  /** Works on it until it is given back, lost, or the worker stops. May be called again after it threw: it goes on at the last stage. */
  async run(): Promise<void> {
    this.#isUncertain = true;
    try {
      if (this.record.stage === 'claiming') await this.#claim(this.record);
      if (this.record.stage === 'claimed') await this.#submit(this.record);
      if (this.record.stage === 'working') await this.#followOrFail(this.record);
      if (this.record.stage === 'ended') await this.#release(this.record);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }

  /** Tells the platform that the task is alive, and looks whether it still wants it. One at a time. */
  async beat(signal: AbortSignal): Promise<void> {
    this.#beating ??= this.#beatOnce(signal).finally(() => {
      this.#beating = undefined;
    });
    await this.#beating;
  }

  async #beatOnce(signal: AbortSignal): Promise<void> {
    const record = this.record;
    if (record.stage !== 'working') return;
    const { protocol, store } = this.#ports;
    const standing = standingOf(await protocol.task(this.id, signal), store.workerId);
    if (standing.kind === 'lost') return this.lose(standing.reason);
    if (standing.kind === 'cancelled') return this.cancel();
    if (standing.kind === 'doubtful') await this.#takeAgain(record, signal);
    const progress = { cursor: record.posted, text: `working (update ${record.posted})` };
    const lease = await protocol.extendLease(this.id, progress, signal);
    if (lease === 'stale') return this.confirm(signal);
    if (lease === 'absent') await this.#breakSilence(signal);
  }

  /** The platform took it for stuck and put it back among those that wait. */
  async #takeAgain(record: ClaimAt<'working'>, signal: AbortSignal): Promise<void> {
    await this.confirm(signal);
    if (this.record.stage === 'working')
      await this.#ports.protocol.running(this.id, record.contextId, signal);
  }

  /**
   * Where there are no leases, output is what shows that a task is alive. Its status is not said again: that would undo a cancellation which
   * was made at the same moment.
   */
  async #breakSilence(signal: AbortSignal): Promise<void> {
    const { protocol, options } = this.#ports;
    if (this.record.stage !== 'working') return;
    if (performance.now() - this.#toldAt < options.pace.quietMs) return;
    await protocol.output(this.id, { text: 'still working', at: now() }, signal);
    this.#toldAt = performance.now();
  }

  /** Claims it again, as after each new connection: a platform forgets what it gave to a worker that it lost sight of. */
  async confirm(signal: AbortSignal): Promise<void> {
    const { protocol, store, isSeen } = this.#ports;
    if (this.record.stage !== 'claimed' && this.record.stage !== 'working') return;
    const claim = await protocol.claim(this.id, signal);
    if (claim.kind === 'claimed') return;
    const standing = standingOf(await protocol.task(this.id, signal), store.workerId);
    if (standing.kind === 'cancelled') return this.cancel();
    // Workers that are not connected are refused too.
    if (await isSeen()) await this.lose(standing.kind === 'lost' ? standing.reason : claim.reason);
  }

  /** The platform wants it stopped. */
  async cancel(): Promise<void> {
    const record = this.record;
    if (record.stage !== 'working' || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#ports.onEvent({ kind: 'cancelling', task: this.id });
    await this.#stopRun(record.taskId, this.#signal);
  }

  async #stopRun(taskId: string, signal: AbortSignal): Promise<void> {
    const { tasks, caller } = this.#ports;
    await this.#persist(async () => {
      await tasks.cancel(caller, taskId).catch(ignoreEnded);
    }, signal);
  }

  /** Somebody else has it: nothing more is said of it, and our work at it ends. */
  async lose(reason: string): Promise<void> {
    const record = this.record;
    const { onEvent, stop } = this.#ports;
    this.#given.abort();
    if (record.stage === 'working') await this.#stopRun(record.taskId, stop);
    await this.#save(lostOf(record, record.attempt));
    onEvent({ kind: 'lost', task: this.id, reason });
  }

  /** Asks for it and writes its order down. */
  async #claim(record: ClaimAt<'claiming'>): Promise<void> {
    const { protocol, store, onEvent } = this.#ports;
    crashPoint('platform.before-claim');
    const claim = await this.#persist(() => protocol.claim(this.id, this.#signal));
    if (claim.kind === 'refused') {
      // attempts that were made here count, whoever has the task now
      const attempt = record.attempt - 1;
      if (attempt === 0) await store.forget(this.id);
      else await this.#save(lostOf(record, attempt));
      this.#given.abort();
      onEvent({ kind: 'refused', task: this.id, reason: claim.reason });
      return;
    }
    crashPoint('platform.after-claim');
    const task = await this.#persist(() => protocol.task(this.id, this.#signal));
    onEvent({ kind: 'claimed', task: this.id, title: record.title });
    if (task === undefined) return this.lose('the platform does not know it any more');
    if (task.prompt.trim() === '' && task.title.trim() === '')
      return this.#end(failure(undefined, 'the task says nothing of what is to be done'));
    const order = orderOf(task, this.#orderContext(record));
    await this.#save({ ...commonOf(record), stage: 'claimed', order });
    crashPoint('platform.after-order');
  }

  #orderContext(record: ClaimRecord): OrderContext {
    const { options, store, workspaces } = this.#ports;
    const session = record.sessions.flatMap((key) => store.session(key) ?? []).at(0);
    return {
      server: options.server,
      attempt: record.attempt,
      autoApprove: options.autoApprove,
      workspaces: workspaces(),
      session,
    };
  }

  /** Hands it in. Whatever dies, the same order is handed in again, and the service knows it. */
  async #submit(record: ClaimAt<'claimed'>): Promise<void> {
    const { tasks, caller, store, onEvent } = this.#ports;
    let view: TaskView;
    try {
      view = await this.#persist(() => tasks.submit(caller, record.order));
    } catch (error) {
      if (!(error instanceof CodetetherError)) throw error;
      return this.#end(failure(undefined, `[${error.code}] ${error.message}`));
    }
    crashPoint('platform.after-submit');
    const { taskId, contextId } = view;
    const { place, branch } = record.order;
    const session: Session = {
      contextId,
      at: now(),
      ...(place === undefined ? {} : { place }),
      ...(branch === undefined ? {} : { branch }),
    };
    await store.saveSession(keptKeys(record.sessions, { id: this.id, contextId }), session);
    await this.#save({ ...commonOf(record), stage: 'working', taskId, contextId, posted: 0 });
    onEvent({ kind: 'working', task: this.id, run: taskId });
  }

  /** A run that the service does not know any more is one that failed. */
  async #followOrFail(record: ClaimAt<'working'>): Promise<void> {
    try {
      await this.#follow(record);
    } catch (error) {
      if (this.#signal.aborted || isPassing(error)) throw error;
      if (!(error instanceof CodetetherError)) throw error;
      await this.#end(failure(record.contextId, `[${error.code}] ${error.message}`));
    }
  }

  /** Tells the platform what happens, update by update, until the last. */
  async #follow(record: ClaimAt<'working'>): Promise<void> {
    const { protocol, tasks, caller } = this.#ports;
    const { taskId, contextId } = record;
    await this.#persist(() => protocol.running(this.id, contextId, this.#signal));
    const view = await this.#persist(async () => {
      const cursor = this.#posted();
      for await (const event of tasks.follow(caller, { taskId, cursor, signal: this.#signal }))
        await this.#take(event);
      this.#signal.throwIfAborted();
      return requireEnded(await tasks.get(caller, taskId));
    });
    const end = await this.#persist(() =>
      endOf(view, record.flowStage, (each) => this.#whole(taskId, each)),
    );
    await this.#end(end);
  }

  #posted(): number {
    return this.record.stage === 'working' ? this.record.posted : 0;
  }

  async #take(event: TaskEvent): Promise<void> {
    if (event.kind === 'update') return this.#tell(event.update);
    const { cursor, at } = event.view;
    await this.#post({ text: 'some of what happened is not kept any more', at });
    await this.#noteCursor(cursor);
  }

  async #tell(update: TaskUpdate): Promise<void> {
    if (update.seq <= this.#posted()) return;
    const text = outputOf(update);
    if (text !== undefined) await this.#post({ text, at: update.at });
    await this.#noteCursor(update.seq);
  }

  async #noteCursor(posted: number): Promise<void> {
    const record = this.record;
    if (record.stage === 'working') await this.#save({ ...record, posted });
  }

  /** Once, as far as the platform can tell: what may have arrived already is looked for before it is sent again. */
  async #post(line: OutputLine): Promise<void> {
    const { protocol, onEvent } = this.#ports;
    await this.#persist(async (tries) => {
      const isThere =
        (tries > 0 || this.#isUncertain) && (await protocol.hasOutput(this.id, line, this.#signal));
      if (!isThere) await protocol.output(this.id, line, this.#signal);
    });
    this.#isUncertain = false;
    this.#toldAt = performance.now();
    crashPoint('platform.after-output');
    onEvent({ kind: 'output', task: this.id, text: line.text });
  }

  async #whole(taskId: string, { artifactId, digest, text }: TaskArtifact): Promise<string> {
    if (digest === undefined) return text;
    const { tasks, caller } = this.#ports;
    return (await tasks.artifact(caller, { taskId, artifactId })).text;
  }

  async #end(end: TaskEnd): Promise<void> {
    const { sessionId } = end;
    const { store, onEvent } = this.#ports;
    const branch = end.facts['branch_name'];
    if (branch !== undefined && sessionId !== undefined) {
      const keys = keptKeys(this.record.sessions, { id: this.id, contextId: sessionId });
      const session = keys.flatMap((key) => store.session(key) ?? []).at(0);
      if (session !== undefined) await store.saveSession(keys, { ...session, branch, at: now() });
    }
    await this.#save(endedRecord(this.record, end));
    crashPoint('platform.after-end');
    onEvent({ kind: 'ended', task: this.id, status: end.status });
  }

  async #release(record: ClaimAt<'ended'>): Promise<void> {
    const { protocol, onEvent } = this.#ports;
    // A sign of life that is still on its way must not arrive behind the end.
    await this.#beating?.catch(() => undefined);
    await giveBack(record, {
      protocol,
      save: (next) => this.#save(next),
      persist: (attempt) => this.#persist(attempt),
      signal: this.#signal,
    });
    onEvent({ kind: 'released', task: this.id, status: record.end.status });
  }

  #save(record: ClaimRecord): Promise<void> {
    return this.#kept.save(record);
  }

  #persist<Value>(
    attempt: (tries: number) => Promise<Value>,
    signal: AbortSignal = this.#signal,
  ): Promise<Value> {
    const { options, onEvent } = this.#ports;
    return persist(attempt, {
      pace: options.pace,
      signal,
      onFailure: ({ code, message }) =>
        onEvent({ kind: 'trouble', task: this.id, code, reason: message }),
    });
  }
}

function now(): string {
  return new Date().toISOString();
}
