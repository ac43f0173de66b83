import type { TaskService } from '../client/index.js';
import { CodetetherError } from '../domain/index.js';
import type { StreamEvent } from '../platform/index.js';
import type { LinkListener } from './link-event.js';
import type { HttpFetch, LinkOptions, PlatformIdentity } from './link-options.js';
import { firstRecord, inOrder, isOpenTask, ToldReasons } from './offers.js';
import { isPassing, pause } from './patience.js';
import { StreamLoop } from './stream-loop.js';
import { openClaimStore, type ClaimStore } from './task/claim-store.js';
import { HeldTask, type HeldTaskPorts } from './task/held-task.js';
import { whyNotOurs } from './task/task-order.js';
import { createPlatformHttp } from './wire/http.js';
import { isRecord, readTask, type PlatformTask } from './wire/platform-task.js';
import { PlatformProtocol } from './wire/protocol.js';

/** What the worker runs on. */
export interface LinkPorts {
  readonly options: LinkOptions;
  readonly tasks: TaskService;
  readonly fetch: HttpFetch;
  readonly onEvent: LinkListener;
  /** Aborts when the worker is to stop; tasks that were handed in go on without it. */
  readonly stop: AbortSignal;
}

/** A task that goes on when the worker has stopped. */
export interface LeftTask {
  /** The platform's id. */
  readonly id: string;
  /** The run here; undefined = not handed in yet. */
  readonly run: string | undefined;
  readonly stage: string;
}

/** Time for what is under way when the worker stops. */
const GOODBYE_MS = 5000;

/**
 * Works for a platform until `stop`: registers, listens, claims, hands each task in, tells of it, gives it back. Everything that is promised
 * to the platform is on the disk first, so that the next start goes on where this one was killed. Returns what is still held.
 * Throws `ERR_PLATFORM_TOKEN` and `ERR_PLATFORM_PROTOCOL` when the first connection is refused; later failures are told and tried again.
 */
export async function runPlatformLink(ports: LinkPorts): Promise<readonly LeftTask[]> {
  const { options, onEvent } = ports;
  const store = await openClaimStore(options.folder, options.server, (path) =>
    onEvent({
      kind: 'trouble',
      task: undefined,
      code: 'ERR_PLATFORM_RECORD',
      reason: `${path} is damaged and is left alone`,
    }),
  );
  // Whatever ends the worker ends its clocks.
  const end = new AbortController();
  try {
    const stop = AbortSignal.any([ports.stop, end.signal]);
    return await new PlatformLink({ ...ports, stop }, store).run();
  } finally {
    end.abort();
  }
}

class PlatformLink {
  readonly #ports: LinkPorts;
  readonly #store: ClaimStore;
  readonly #protocol: PlatformProtocol;
  readonly #identity: PlatformIdentity;
  readonly #stream: StreamLoop;
  readonly #held = new Map<string, HeldTask>();
  readonly #running = new Set<Promise<void>>();
  /** Tasks that are being looked at. */
  readonly #deciding = new Set<string>();
  readonly #told = new ToldReasons();
  #workspaces: ReadonlyMap<string, string> = new Map();
  #isConnected = false;

  constructor(ports: LinkPorts, store: ClaimStore) {
    const { options, stop, onEvent } = ports;
    const { server, token, pace } = options;
    this.#ports = ports;
    this.#store = store;
    this.#identity = { server, token, workerId: store.workerId };
    this.#protocol = new PlatformProtocol(
      createPlatformHttp(this.#identity, ports.fetch),
      this.#identity,
      options,
    );
    this.#stream = new StreamLoop({
      pace,
      stop,
      onEvent: (event) => {
        if (event.kind === 'disconnected') this.#isConnected = false;
        onEvent(event);
      },
      prepare: (signal) => this.#register(signal),
      open: (lastEventId, signal) =>
        this.#protocol.stream({ codebases: this.#codebases(), lastEventId }, signal),
      onStreamEvent: (event) => this.#listen(event),
    });
  }

  async run(): Promise<readonly LeftTask[]> {
    const { options, stop } = this.#ports;
    const { pollMs, heartbeatMs, leaseMs } = options.pace;
    for (const record of this.#store.records())
      if (record.stage !== 'released')
        this.#held.set(record.id, new HeldTask(record, this.#heldPorts()));
    const ticks = [
      this.#every(pollMs, () => this.#poll()),
      this.#every(heartbeatMs, () => this.#heartbeat()),
      this.#every(leaseMs, () => this.#beatAll()),
    ];
    try {
      await this.#stream.run();
    } finally {
      if (stop.aborted) await this.#leave(ticks);
    }
    const left = [...this.#held.values()].filter(({ record }) => record.stage !== 'released');
    return left.map(({ id, record }) => ({
      id,
      run: record.stage === 'working' ? record.taskId : undefined,
      stage: record.stage,
    }));
  }

  /** Says goodbye, for a short while. */
  async #leave(ticks: readonly Promise<void>[]): Promise<void> {
    const limit = AbortSignal.timeout(GOODBYE_MS);
    const allDone = Promise.allSettled([...this.#running, ...ticks]);
    await Promise.race([allDone, pause(GOODBYE_MS, limit)]);
    await this.#attempt(async () => {
      await this.#protocol.unregister(limit);
      this.#ports.onEvent({ kind: 'unregistered' });
    });
  }

  async #register(signal: AbortSignal): Promise<void> {
    await this.#protocol.register(signal);
    this.#workspaces = await this.#protocol.shareWorkspaces(signal);
    const { server, workerId } = this.#identity;
    this.#ports.onEvent({ kind: 'registered', workerId, server });
  }

  #codebases(): readonly string[] {
    return [...new Set([...this.#workspaces].flat())];
  }

  #listen({ name, data }: StreamEvent): void {
    const value = parsed(data);
    if (name === 'connected') this.#run(() => this.#onConnected());
    else if (name === 'resync-required') this.#resynchronise(value);
    else if (name === 'task_available') {
      const task = readTask(value);
      if (task !== undefined) this.#run(() => this.#consider(task));
    } else if (name === 'task_cancelled' || name === 'task_canceled') {
      const id = isRecord(value) ? (value['task_id'] ?? value['id']) : undefined;
      const held = typeof id === 'string' ? this.#held.get(id) : undefined;
      if (held !== undefined) this.#run(() => held.beat(this.#ports.stop));
    }
  }

  /** The platform sees us: what we hold is claimed again, then what waits is asked for. */
  async #onConnected(): Promise<void> {
    const { stop, onEvent } = this.#ports;
    this.#isConnected = true;
    onEvent({ kind: 'connected', held: this.#held.size });
    if (!(await this.#isSeen())) return;
    for (const held of this.#held.values()) await this.#attempt(() => held.confirm(stop), held.id);
    for (const held of this.#held.values()) this.#start(held);
    await this.#poll();
  }

  /** Events are missing: nothing of what they said is relied on. */
  #resynchronise(value: unknown): void {
    const facts = isRecord(value) ? value : {};
    const { epoch, head_seq: head, reason } = facts;
    const isKnown =
      typeof head === 'number' && (typeof epoch === 'string' || typeof epoch === 'number');
    this.#stream.resumeAt(isKnown ? `${epoch}.${head}` : undefined);
    this.#ports.onEvent({
      kind: 'resynchronised',
      reason: typeof reason === 'string' ? reason : 'events are missing',
    });
    this.#run(async () => {
      await this.#beatAll();
      await this.#poll();
    });
  }

  async #poll(): Promise<void> {
    if (!this.#isConnected || this.#freeSlots() <= 0) return;
    for (const task of inOrder(await this.#protocol.pending(this.#ports.stop))) {
      if (this.#freeSlots() <= 0) return;
      await this.#attempt(() => this.#consider(task), task.id);
    }
  }

  #freeSlots(): number {
    const working = [...this.#held.values()].filter(({ record }) => record.stage !== 'ended');
    return this.#ports.options.maxTasks - working.length - this.#deciding.size;
  }

  /** Asks for a task, unless it is held, somebody else's, or there is no room: then the next look at the list finds it. */
  async #consider(offer: PlatformTask): Promise<void> {
    const { id } = offer;
    const earlier = this.#store.get(id);
    if (this.#held.has(id) || this.#deciding.has(id) || this.#freeSlots() <= 0) return;
    if (this.#ports.stop.aborted || (earlier !== undefined && earlier.stage !== 'released')) return;
    this.#deciding.add(id);
    try {
      const task = await this.#protocol.task(id, this.#ports.stop);
      if (task === undefined || !isOpenTask(task)) return;
      const reason = this.#whyNot(offer) ?? this.#whyNot(task);
      if (reason !== undefined) {
        if (this.#told.isNew(id, reason))
          this.#ports.onEvent({ kind: 'skipped', task: id, reason });
        return;
      }
      const record = firstRecord(task, earlier);
      await this.#store.save(record);
      const held = new HeldTask(record, this.#heldPorts());
      this.#held.set(id, held);
      this.#start(held);
    } finally {
      this.#deciding.delete(id);
    }
  }

  #whyNot(task: PlatformTask): string | undefined {
    const { name, capabilities } = this.#ports.options;
    return whyNotOurs(task, { name, capabilities, workspaces: this.#workspaces });
  }

  readonly #started = new Set<HeldTask>();

  #start(held: HeldTask): void {
    if (this.#started.has(held)) return;
    this.#started.add(held);
    this.#run(async () => {
      try {
        await this.#runAgain(held);
      } finally {
        this.#started.delete(held);
        if (!this.#ports.stop.aborted) this.#held.delete(held.id);
      }
      if (!this.#ports.stop.aborted) await this.#poll();
    }, held.id);
  }

  /** A task is held until it is given back: what stops the work at it for another reason (a full disk, a defect) is told and tried again. */
  async #runAgain(held: HeldTask): Promise<void> {
    const { pace } = this.#ports.options;
    const { stop } = this.#ports;
    for (let isDone = false; !isDone && !stop.aborted;) {
      await this.#attempt(async () => {
        await held.run();
        isDone = true;
      }, held.id);
      if (!isDone) await pause(pace.longestPauseMs, stop);
    }
  }

  async #heartbeat(): Promise<void> {
    if (!this.#isConnected) return;
    const { stop } = this.#ports;
    if (!(await this.#protocol.heartbeat(this.#held.size, stop))) await this.#register(stop);
    await this.#isSeen();
  }

  /** A platform that closed an older connection of ours late may have taken the new one with it: then there has to be another. */
  async #isSeen(): Promise<boolean> {
    const isSeen = await this.#protocol.announce(this.#codebases(), this.#ports.stop);
    if (!isSeen) this.#stream.reconnect();
    return isSeen;
  }

  async #beatAll(): Promise<void> {
    if (!this.#isConnected) return;
    for (const held of this.#held.values())
      await this.#attempt(() => held.beat(this.#ports.stop), held.id);
  }

  async #every(milliseconds: number, act: () => Promise<void>): Promise<void> {
    const { stop } = this.#ports;
    for (;;) {
      await pause(milliseconds, stop);
      if (stop.aborted) return;
      await this.#attempt(act);
    }
  }

  /** Does something beside everything else; what fails is told. */
  #run(act: () => Promise<void>, task?: string): void {
    const done = this.#attempt(act, task).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  async #attempt(act: () => Promise<void>, task?: string): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (this.#ports.stop.aborted && isPassing(error)) return;
      const code = error instanceof CodetetherError ? error.code : 'ERR_UNEXPECTED';
      const reason = error instanceof Error ? error.message : String(error);
      this.#ports.onEvent({ kind: 'trouble', task, code, reason });
    }
  }

  #heldPorts(): HeldTaskPorts {
    const { options, tasks, onEvent, stop } = this.#ports;
    return {
      protocol: this.#protocol,
      store: this.#store,
      tasks,
      caller: { name: callerName(options.server) },
      options,
      workspaces: () => this.#workspaces,
      isSeen: () => this.#isSeen(),
      onEvent,
      stop,
    };
  }
}

const LONGEST_CALLER = 200;

/** Whom the tasks of a platform belong to. */
export function callerName(server: string): string {
  return `platform:${new URL(server).host}`.slice(0, LONGEST_CALLER);
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
