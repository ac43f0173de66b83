import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  restartPauseMs,
  stopProcess,
  SupervisedChild,
  type ControlMessage,
  keepDatabaseCopy,
  gateFiles,
  writeJson,
  freePort,
  isPortFree,
  findProcesses,
  isAlive,
  isBelow,
  ownIdentity,
  type ServiceFiles,
  readState,
  type Launch,
  type ServiceFailure,
  type ServiceProcess,
  type ServiceState,
} from '../../host/light/index.js';
import { GateHold } from '../gate/hold.js';
import { serverDigest, startServer } from '../gate/start-server.js';
import { LocalVault } from './local-vault.js';

/** How long the worker may drain, then the server may write. */
const WORKER_GRACE_MS = 20_000;
const TEMPORAL_GRACE_MS = 10_000;
/** Adopted children do not report their end: they are looked at this often. */
const ADOPTED_POLL_MS = 250;
/** A service that never came up is given up after so many deaths of one part. */
const MAX_START_FAILURES = 3;

/** What a {@link Supervisor} works with. */
interface SupervisorOptions {
  readonly home: string;
  readonly files: ServiceFiles;
  readonly launch: Launch;
  readonly log: (message: string) => void;
}

/** Keeps the embedded server and the worker running until it is told to stop. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #temporal: SupervisedChild;
  readonly #worker: SupervisedChild;
  readonly #vault: LocalVault;
  readonly #hold: GateHold;
  readonly #self: ServiceProcess;
  #launch: Launch;
  #phase: ServiceState['phase'] = 'starting';
  #wasReady = false;
  #isLeaving = false;
  #isHomeless = false;
  #clusterId: string | null = null;
  #failure: ServiceFailure | null = null;
  #woken: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#launch = options.launch;
    const onExit = () => this.#wake();
    this.#temporal = new SupervisedChild('temporal', onExit);
    this.#worker = new SupervisedChild('worker', onExit);
    this.#hold = new GateHold(gateFiles(options.home).holdSocket);
    this.#vault = new LocalVault({
      files: options.files.vault,
      logFile: options.files.logs.vault,
      launch: options.launch.vault ?? null,
      log: options.log,
      wake: onExit,
      onMoved: (port) => this.#moveVault(port),
    });
    const earlier = readState(options.files.state);
    const before =
      earlier?.phase === 'failed'
        ? undefined
        : earlier?.processes.find(({ role }) => role === 'supervisor');
    this.#self = {
      ...ownIdentity(),
      role: 'supervisor',
      port: null,
      startedAt: new Date().toISOString(),
      restarts: before === undefined ? 0 : before.restarts + 1,
      digest: '',
    };
    this.#clusterId = earlier?.clusterId ?? null;
  }

  /** Adopts or stops what an earlier supervisor left, then keeps everything running; resolves when it is all over. */
  async run(): Promise<'down' | 'handover' | 'failed'> {
    await this.#takeOver();
    this.#hold.take();
    while (!this.#isOver()) {
      this.#woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#startWhatIsMissing();
      this.#writeState();
      if (this.#isOver()) break;
      const polls =
        this.#temporal.isAdopted || this.#worker.isAdopted || this.#vault.isAdopted
          ? [delay(ADOPTED_POLL_MS)]
          : [];
      await Promise.race([this.#woken, ...polls]);
    }
    if (!this.#isLeaving) return this.#stopAll();
    this.#hold.release();
    return 'handover';
  }

  /** Answers a message of the worker or of a command. */
  receive(message: ControlMessage): void {
    switch (message.type) {
      case 'hello':
        break;
      case 'ready':
        // a worker that is being replaced says so too, while it drains
        if (message.pid === this.#worker.process?.pid)
          this.#noteReady(message.apiPort, message.clusterId);
        break;
      case 'failed':
        this.#options.log(`worker cannot start: ${message.failure.message}`);
        if (!this.#wasReady) this.#fail(message.failure);
        break;
      case 'down':
        this.requestStop();
        break;
      case 'handover':
        this.#isLeaving = true;
        this.#wake();
        break;
    }
  }

  /** Somebody removed the home: everything ends, and nothing of it is written again. */
  homeIsGone(): void {
    this.#options.log(`${this.#options.home} is gone: everything that served it ends`);
    this.#isHomeless = true;
    this.requestStop();
  }

  /** Begins to drain and stop everything. */
  requestStop(): void {
    if (this.#phase !== 'failed') this.#phase = 'stopping';
    this.#writeState();
    this.#wake();
  }

  #isOver(): boolean {
    return this.#isLeaving || this.#phase === 'stopping' || this.#phase === 'failed';
  }

  /** Living children of a dead supervisor are adopted when they are what is wanted now, else stopped. */
  async #takeOver(): Promise<void> {
    const known = readState(this.#options.files.state)?.processes ?? [];
    const left = known.filter(isAlive);
    for (const dead of known.filter((process) => !isAlive(process))) {
      // it died with the supervisor: its next start counts as a restart
      if (dead.role === 'temporal') this.#temporal.adopt(dead);
      if (dead.role === 'worker') this.#worker.adopt(dead);
    }
    const temporal = left.find(({ role }) => role === 'temporal');
    await this.#takeOverTemporal(temporal);
    await this.#stopUnknownServers();
    await this.#vault.takeOver(left.find(({ role }) => role === 'vault'));
    const worker = left.find(({ role }) => role === 'worker');
    if (worker !== undefined) await this.#takeOverWorker(worker, temporal !== undefined);
  }

  async #takeOverTemporal(temporal: ServiceProcess | undefined): Promise<void> {
    if (temporal === undefined) return;
    const wanted = this.#launch.temporal;
    const isWanted =
      temporal.port === wanted?.port && temporal.digest === serverDigest(wanted.isolation);
    if (isWanted) this.#temporal.adopt(temporal);
    else await stopProcess(temporal, TEMPORAL_GRACE_MS);
  }

  async #takeOverWorker(worker: ServiceProcess, hadServer: boolean): Promise<void> {
    const isSamePlace = hadServer === (this.#launch.temporal !== null);
    if (worker.digest !== this.#launch.worker.digest || !isSamePlace) {
      await stopProcess(worker, WORKER_GRACE_MS);
      return;
    }
    this.#worker.adopt(worker);
    this.#wasReady = true;
    this.#phase = 'ready';
  }

  /** Two servers on one database both serve it and spoil it, so none may be left that we do not know. */
  async #stopUnknownServers(): Promise<void> {
    const known = this.#temporal.process?.pid;
    for (const stranger of findProcesses(['--db-filename', this.#options.files.database])) {
      if (known !== undefined && isBelow(stranger.pid, known)) continue;
      this.#options.log(`stopping a left-over server, pid ${stranger.pid}`);
      await stopProcess(stranger, TEMPORAL_GRACE_MS);
    }
  }

  async #startWhatIsMissing(): Promise<void> {
    await this.#vault.keepRunning();
    if (this.#launch.temporal !== null && !this.#temporal.isRunning()) {
      if (await this.#mayStart(this.#temporal)) await this.#startTemporal();
    }
    if (this.#isOver() || this.#worker.isRunning()) return;
    if (await this.#mayStart(this.#worker)) this.#startWorker();
  }

  /** Counts the death, waits out the pause, and gives up on a service that never came up. */
  async #mayStart(child: SupervisedChild): Promise<boolean> {
    if (child.process === null) return true;
    child.noteDeath();
    this.#options.log(`${child.role} ended (pid ${child.process.pid}, ${child.failures} in a row)`);
    if (!this.#wasReady && child.failures >= MAX_START_FAILURES) {
      const log = this.#options.files.logs[child.role === 'temporal' ? 'temporal' : 'worker'];
      this.#fail({
        code: child.role === 'temporal' ? 'ERR_TEMPORAL_START' : 'ERR_WORKER_START',
        message: `the ${child.role} process ended ${child.failures} times while starting`,
        hint: `read ${log}`,
      });
      return false;
    }
    const pauseMs = restartPauseMs(child.failures, this.#wasReady);
    if (pauseMs > 0) {
      this.#writeState();
      await Promise.race([delay(pauseMs), this.#woken]);
    }
    return !this.#isOver();
  }

  async #startTemporal(): Promise<void> {
    const wanted = await this.#withFreePort();
    if (wanted === null || !(await this.#keepDatabase(wanted.program))) return;
    await startServer(this.#temporal, {
      wanted,
      home: this.#options.home,
      files: this.#options.files,
    });
    this.#writeState();
  }

  /** False when the database could not be copied before a server of another version opens it. */
  async #keepDatabase(program: string): Promise<boolean> {
    const copy = await keepDatabaseCopy({ database: this.#options.files.database, program });
    if (copy.kind === 'copied')
      this.#options.log(
        `the database of Temporal ${copy.from} is kept in ${copy.folder}, before ${copy.to} opens it`,
      );
    if (copy.kind !== 'refused') return true;
    this.#fail({
      code: 'ERR_DATABASE_COPY',
      message: copy.message,
      hint: 'free some space, or name the earlier program with --temporal-cli',
    });
    return false;
  }

  /** A stranger may have taken our port while the server was down: then another one, and a worker that knows it. */
  async #withFreePort(): Promise<Launch['temporal']> {
    const wanted = this.#launch.temporal;
    if (wanted === null) return null;
    if (await isPortFree(wanted.port)) return wanted;
    if (wanted.isPortFixed) {
      this.#fail({
        code: 'ERR_PORT_IN_USE',
        message: `port ${wanted.port} of the embedded Temporal server is in use by another program`,
        hint: 'free it, or change [temporal] port in your configuration file',
      });
      return null;
    }
    const temporal = { ...wanted, port: await freePort() };
    this.#launch = { ...this.#launch, temporal };
    writeJson(this.#options.files.launch, this.#launch);
    await this.#worker.stop(WORKER_GRACE_MS);
    return temporal;
  }

  /** The worker has to know where Vault went. */
  async #moveVault(port: number): Promise<void> {
    const { vault } = this.#launch;
    if (vault === undefined || vault === null) return;
    this.#launch = { ...this.#launch, vault: { ...vault, port } };
    writeJson(this.#options.files.launch, this.#launch);
    await this.#worker.stop(WORKER_GRACE_MS);
  }

  #startWorker(): void {
    const { worker } = this.#launch;
    this.#worker.start({
      program: process.execPath,
      args: [...worker.nodeArgs, worker.entry, '--home', this.#options.home],
      log: this.#options.files.logs.worker,
      port: null,
      digest: worker.digest,
      // glibc gives each of the runtime's threads an arena of its own: 15 MB for nothing
      environment: { MALLOC_ARENA_MAX: '2' },
    });
  }

  #noteReady(apiPort: number | null, clusterId: string | null): void {
    const before = this.#clusterId;
    if (before !== null && clusterId !== null && clusterId !== before)
      this.#options.log(`the Temporal cluster changed from ${before} to ${clusterId}`);
    this.#clusterId = clusterId;
    this.#worker.setPort(apiPort);
    this.#wasReady = true;
    this.#failure = null;
    if (this.#phase === 'starting') this.#phase = 'ready';
    this.#writeState();
  }

  #fail(failure: ServiceFailure): void {
    this.#failure = failure;
    this.#phase = 'failed';
    this.#writeState();
    this.#wake();
  }

  async #stopAll(): Promise<'down' | 'failed'> {
    await this.#worker.stop(WORKER_GRACE_MS);
    await this.#temporal.stop(TEMPORAL_GRACE_MS);
    this.#hold.release();
    await this.#vault.stop();
    const isFailed = this.#phase === 'failed';
    if (isFailed) this.#writeState();
    else rmSync(this.#options.files.state, { force: true });
    return isFailed ? 'failed' : 'down';
  }

  #writeState(): void {
    if (this.#isHomeless) return;
    const children = [this.#temporal, this.#worker].flatMap((child) =>
      child.process !== null && child.isRunning() ? [child.process] : [],
    );
    if (this.#vault.process !== null) children.push(this.#vault.process);
    const state: ServiceState = {
      version: 1,
      phase: this.#phase,
      processes: [this.#self, ...children],
      clusterId: this.#clusterId,
      failure: this.#failure,
    };
    writeJson(this.#options.files.state, state);
  }
}
