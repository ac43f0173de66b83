import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processEnvironment, secretsText, withoutSecrets } from '../../config/light/index.js';
import {
  identifyProcess,
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from './process-identity.js';
import type { ServiceProcess, ServiceRole } from './state.js';

/** How to start one part of the service. */
export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** File that takes stdout and stderr. */
  readonly log: string;
  readonly port: number | null;
  readonly digest: string;
  /** Variables beside those of the supervisor. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Descriptors that it inherits, from 3 on. */
  readonly inherit?: readonly number[];
  /** It names its pid on the descriptor behind these. */
  readonly reportsPid?: boolean;
}

const MAX_LOG_BYTES = 10 * 1024 * 1024;
const MAX_BACKOFF_MS = 15_000;
/** A child that lived this long was healthy: the next restart is immediate again. */
const HEALTHY_AFTER_MS = 30_000;
const POLL_MS = 50;

/** So many deaths in a row of a service that once ran look like kills from outside, not like a loop of its own. */
const MANY_DEATHS = 30;
const SHORT_PAUSE_MS = 500;

/**
 * Pause before the next start after so many deaths in a row: none the first time, then growing to 15 seconds. A service
 * that came up once has good settings, and runs wait for it: it comes back within half a second until the deaths are many.
 */
export function restartPauseMs(failures: number, hasServed: boolean): number {
  if (failures <= 1) return 0;
  const limit = hasServed && failures <= MANY_DEATHS ? SHORT_PAUSE_MS : MAX_BACKOFF_MS;
  return Math.min(limit, 250 * 2 ** (failures - 2));
}

/** One part of the service: started by us or adopted from a dead supervisor, and started again with growing pauses. */
export class SupervisedChild {
  readonly role: ServiceRole;
  /** Deaths in a row without a healthy life between them. */
  failures = 0;
  #process: ServiceProcess | null = null;
  #isAdopted = false;
  readonly #onExit: () => void;

  /** `onExit` is called when a child that we started ends; adopted ones have to be asked with `isRunning`. */
  constructor(role: ServiceRole, onExit: () => void) {
    this.role = role;
    this.#onExit = onExit;
  }

  /** What runs or ran last; null before the first start. */
  get process(): ServiceProcess | null {
    return this.#process;
  }

  /** True when the child was started by an earlier supervisor, so that its end is not reported by itself. */
  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  /** True while exactly our process lives. */
  isRunning(): boolean {
    return this.#process !== null && isAlive(this.#process);
  }

  /** Takes over a living process of an earlier supervisor. */
  adopt(process: ServiceProcess): void {
    this.#process = process;
    this.#isAdopted = true;
  }

  /** Counts a death; call once for each. */
  noteDeath(): void {
    const livedMs = Date.now() - Date.parse(this.#process?.startedAt ?? new Date().toISOString());
    this.failures = livedMs > HEALTHY_AFTER_MS ? 1 : this.failures + 1;
  }

  /** Starts the process. A program that cannot be started counts as one that ended at once. */
  start(command: ChildCommand): ChildProcess {
    const restarts = this.#process === null ? 0 : this.#process.restarts + 1;
    const log = openLog(command.log);
    const child = spawn(command.program, [...command.args], {
      stdio: [
        this.role === 'worker' ? 'pipe' : 'ignore',
        log,
        log,
        ...(command.inherit ?? []),
        ...(command.reportsPid === true ? (['pipe'] as const) : []),
      ],
      env: { ...withoutSecrets(processEnvironment()), ...command.environment },
    });
    closeSync(log);
    // only the worker asks Vault and models; its keys go by the pipe, so that no environment holds them
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(secretsText(processEnvironment()));
    const identity = identifyProcess(child.pid ?? 0) ?? {
      pid: child.pid ?? 0,
      startTime: 'gone',
      bootId: 'gone',
    };
    this.#isAdopted = false;
    this.#process = {
      ...identity,
      role: this.role,
      port: command.port,
      startedAt: new Date().toISOString(),
      restarts,
      digest: command.digest,
    };
    child.once('error', this.#onExit);
    child.once('exit', this.#onExit);
    return child;
  }

  /** Names the process that counts, where the one that was started only made its surroundings. */
  become(pid: number): void {
    const identity = identifyProcess(pid);
    if (this.#process !== null && identity !== null)
      this.#process = { ...this.#process, ...identity };
  }

  /** Records the port that the process really uses. */
  setPort(port: number | null): void {
    if (this.#process !== null) this.#process = { ...this.#process, port };
  }

  /** Asks the process to end, and kills it after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#process !== null) await stopProcess(this.#process, graceMs);
  }
}

/** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!signalProcess(identity, 'SIGTERM')) return;
  if (await waitUntilGone(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL');
  await waitUntilGone(identity, 5000);
}

/** True when the process was gone within `timeoutMs`. */
export async function waitUntilGone(
  identity: ProcessIdentity,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Opens a log for appending; a large one is set aside first, one generation is kept. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  try {
    if (statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch {
    // no log yet
  }
  return openSync(path, 'a', 0o600);
}
