import { spawn, type ChildProcess } from 'node:child_process';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Logger } from '../observability/index.js';
import type { SleepInhibition } from '../host/index.js';

/** Keeps the machine awake while activities run: a run that waits or is paused has none. */
export interface SleepGuard {
  /** For the worker's `interceptors.activity`. */
  intercept(context: Context): { inbound: ActivityInboundCallsInterceptor };
  /** True while the machine is kept awake. */
  isHolding(): boolean;
  /** Lets the machine sleep. */
  close(): void;
}

/** Options of {@link createSleepGuard}. */
export interface SleepGuardOptions {
  /** Asked each time when work begins: the charger may have been pulled out. */
  readonly inhibition: () => SleepInhibition;
  readonly logger: Logger;
  /** Held so long after the last activity, because the next one is mostly near. Default 30 s. */
  readonly lingerMs?: number;
}

const LINGER_MS = 30_000;
/** A machine that refuses is not asked at every activity. */
const RETRY_MS = 10 * 60_000;

/** A guard that holds nothing yet. */
export function createSleepGuard(options: SleepGuardOptions): SleepGuard {
  const holder = new Holder(options);
  let running = 0;
  let release: NodeJS.Timeout | undefined;
  const end = (): void => {
    running -= 1;
    if (running > 0) return;
    release = setTimeout(() => holder.letGo(), options.lingerMs ?? LINGER_MS);
    release.unref();
  };
  return {
    intercept: () => ({
      inbound: {
        async execute(input, proceed) {
          running += 1;
          clearTimeout(release);
          holder.hold();
          try {
            return await proceed(input);
          } finally {
            end();
          }
        },
      },
    }),
    isHolding: () => holder.isHolding,
    close: () => holder.letGo(),
  };
}

/** At most one child that keeps the machine awake. */
class Holder {
  readonly #options: SleepGuardOptions;
  #child: ChildProcess | null = null;
  #notBefore = 0;

  constructor(options: SleepGuardOptions) {
    this.#options = options;
  }

  get isHolding(): boolean {
    return this.#child !== null;
  }

  hold(): void {
    if (this.#child !== null || performance.now() < this.#notBefore) return;
    const { command, ...why } = this.#options.inhibition();
    if (command === null) this.#pause('info', 'the machine may sleep while a run works', why);
    else this.#child = this.#start(command);
  }

  letGo(): void {
    const child = this.#child;
    this.#child = null;
    child?.stdin?.end();
    child?.kill('SIGTERM');
  }

  #start(command: readonly string[]): ChildProcess {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-300);
    });
    child.stdin.on('error', () => undefined);
    const over = (reason: string): void => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#pause('warn', 'the machine cannot be kept awake', { reason });
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code) => over(said.trim() || `it ended with ${code}`));
    return child;
  }

  #pause(level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#notBefore = performance.now() + RETRY_MS;
    this.#options.logger.log(level, message, fields);
  }
}
