import { spawn, type ChildProcess } from 'node:child_process';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Logger } from '../observability/index.js';
import type { SleepInhibition } from '../service/index.js';

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
  const { logger } = options;
  let running = 0;
  let child: ChildProcess | null = null;
  let notBefore = 0;
  let release: NodeJS.Timeout | undefined;

  const letGo = (): void => {
    clearTimeout(release);
    const held = child;
    child = null;
    held?.stdin?.end();
    held?.kill('SIGTERM');
  };
  const hold = (): void => {
    if (child !== null || performance.now() < notBefore) return;
    const { command, ...why } = options.inhibition();
    if (command === null) {
      notBefore = performance.now() + RETRY_MS;
      logger.log('info', 'the machine may sleep while a run works', why);
      return;
    }
    child = start(command, (reason) => {
      notBefore = performance.now() + RETRY_MS;
      logger.log('warn', 'the machine cannot be kept awake', { reason });
    });
  };
  const start = (command: readonly string[], refused: (reason: string) => void): ChildProcess => {
    const [program = '', ...args] = command;
    const started = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    started.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-300);
    });
    started.stdin.on('error', () => undefined);
    const over = (reason: string): void => {
      if (child !== started) return;
      child = null;
      refused(reason);
    };
    started.once('error', (error) => over(error.message));
    started.once('exit', (code) => over(said.trim() || `it ended with ${code}`));
    return started;
  };

  return {
    intercept: () => ({
      inbound: {
        async execute(input, proceed) {
          running += 1;
          clearTimeout(release);
          hold();
          try {
            return await proceed(input);
          } finally {
            running -= 1;
            if (running === 0) {
              release = setTimeout(letGo, options.lingerMs ?? LINGER_MS);
              release.unref();
            }
          }
        },
      },
    }),
    isHolding: () => child !== null,
    close: letGo,
  };
}
