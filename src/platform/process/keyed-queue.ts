import { Mutex } from 'async-mutex';

/** Runs work of the same key one after the other, in the order of asking; a failure of one is no failure of the next. */
export type KeyedQueue = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** A queue within this process; keys that nobody waits for cost nothing. */
export function createKeyedQueue(): KeyedQueue {
  const doors = new Map<string, { readonly mutex: Mutex; users: number }>();
  return async (key, work) => {
    const door = doors.get(key) ?? { mutex: new Mutex(), users: 0 };
    doors.set(key, door);
    door.users += 1;
    try {
      return await door.mutex.runExclusive(work);
    } finally {
      door.users -= 1;
      if (door.users === 0) doors.delete(key);
    }
  };
}
