import { setTimeout as delay } from 'node:timers/promises';
import type { Hold } from '../activities/index.js';
import { acquireLock, type Lock } from '../host/index.js';
import { holdFolder } from '../platform/index.js';

/** Another process that holds a lane is a worker that drains, or one that a person started beside: it is looked at again soon. */
const POLL_MS = 100;
/** The file stays for the next step of the same agent, which mostly comes at once. */
const LINGER_MS = 1000;

/** What {@link createHolds} needs from outside; replaced in tests. */
export interface HoldOptions {
  /** Takes the lock of a folder, or gives null while somebody else alive has it. */
  readonly acquire?: (folder: string) => Lock | null;
  readonly lingerMs?: number;
}

/** One name in this process: who holds it, how often, and the file that tells other processes. */
interface Held {
  holder: string | null;
  uses: number;
  lock: Lock | null;
  linger: NodeJS.Timeout | undefined;
  readonly waiting: Set<() => void>;
}

/**
 * Keeps two attempts out of one lane: one holder a name, in this process and, by a file that dies with its process, in every other
 * process of this home. Names are always taken in the same order, so that two that want several never wait for each other.
 */
export function createHolds(folder: string, options: HoldOptions = {}): Hold {
  const acquire = options.acquire ?? takeLock;
  const lingerMs = options.lingerMs ?? LINGER_MS;
  const all = new Map<string, Held>();

  const enter = async (name: string, holder: string, signal: AbortSignal): Promise<Held> => {
    const held = all.get(name) ?? newHeld();
    all.set(name, held);
    while (held.holder !== null && held.holder !== holder) await left(held, signal);
    clearTimeout(held.linger);
    held.holder = holder;
    held.uses += 1;
    return held;
  };
  const leave = (name: string, held: Held): void => {
    held.uses -= 1;
    if (held.uses > 0) return;
    held.holder = null;
    for (const wake of held.waiting) wake();
    held.linger = setTimeout(() => {
      if (held.uses > 0) return;
      held.lock?.release();
      held.lock = null;
      if (held.waiting.size === 0) all.delete(name);
    }, lingerMs);
    held.linger.unref();
  };

  return async ({ names, holder, signal }) => {
    const taken: { readonly name: string; readonly held: Held }[] = [];
    const letGo = (): void => {
      for (const { name, held } of taken.splice(0)) leave(name, held);
    };
    try {
      for (const name of [...new Set(names)].sort()) {
        signal.throwIfAborted();
        const held = await enter(name, holder, signal);
        taken.push({ name, held });
        await lockOut(held, () => acquire(holdFolder(folder, name)), signal);
      }
    } catch (error) {
      letGo();
      // Temporal wants its own reason back.
      throw signal.aborted ? signal.reason : error;
    }
    return letGo;
  };
}

/** Waits until no other process holds it. */
async function lockOut(held: Held, acquire: () => Lock | null, signal: AbortSignal): Promise<void> {
  for (;;) {
    held.lock ??= acquire();
    if (held.lock !== null) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

function takeLock(folder: string): Lock | null {
  const attempt = acquireLock(folder);
  return 'lock' in attempt ? attempt.lock : null;
}

function newHeld(): Held {
  return { holder: null, uses: 0, lock: null, linger: undefined, waiting: new Set() };
}

/** Resolves when the holder has left; rejects when the wait is over for another reason. */
function left(held: Held, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      held.waiting.delete(end);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    held.waiting.add(end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
