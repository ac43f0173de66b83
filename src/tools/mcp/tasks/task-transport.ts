import type { Transport } from '@modelcontextprotocol/client';
import { liftTask } from './server-task.js';

/**
 * The same transport, whose answers with a task reach the library in a form that it lets through. Everything else of it, and what a
 * later library looks for on it, is its own.
 */
export function withTasks<Channel extends Transport>(transport: Channel): Channel {
  return new Proxy(transport, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      // Private fields are only there on the object itself.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set(target, key, value: unknown) {
      if (key !== 'onmessage' || typeof value !== 'function')
        return Reflect.set(target, key, value, target);
      const take = value as NonNullable<Transport['onmessage']>;
      target.onmessage = (message, extra) => take(liftTask(message) as typeof message, extra);
      return true;
    },
  });
}
