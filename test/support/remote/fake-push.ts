import type { PushEntry, PushOutbox, TaskCaller } from '../../../src/client/index.js';
import { InvalidInputError, type PushConfig } from '../../../src/domain/index.js';
import type { FakeTasks } from './fake-tasks.js';

/** Configurations in memory; nothing is posted. Addresses on a private network are refused, as the real ones are. */
export class FakePush implements PushOutbox {
  readonly configs = new Map<string, PushConfig>();
  readonly #tasks: FakeTasks;

  resume(): Promise<number> {
    return Promise.resolve(0);
  }

  constructor(tasks: FakeTasks) {
    this.#tasks = tasks;
  }

  async set(
    caller: TaskCaller,
    config: Omit<PushConfig, 'id'> & { readonly id?: string | undefined },
  ): Promise<PushEntry> {
    await this.#tasks.get(caller, config.taskId);
    if (/^https?:\/\/(?:10\.|192\.168\.|169\.254\.)/.test(config.url))
      throw new InvalidInputError('ERR_PUSH_URL', { message: 'this address must not be called' });
    const id = config.id ?? `push-${this.configs.size + 1}`;
    this.configs.set(`${config.taskId}/${id}`, { ...config, id });
    return entry({ ...config, id });
  }

  async get(
    caller: TaskCaller,
    { taskId, id }: { taskId: string; id: string },
  ): Promise<PushEntry> {
    await this.#tasks.get(caller, taskId);
    const config = this.configs.get(`${taskId}/${id}`);
    if (config !== undefined) return entry(config);
    throw new InvalidInputError('ERR_PUSH_NOT_FOUND', { message: 'no such configuration' });
  }

  async list(caller: TaskCaller, taskId: string): Promise<readonly PushEntry[]> {
    await this.#tasks.get(caller, taskId);
    return [...this.configs.values()].filter((one) => one.taskId === taskId).map(entry);
  }

  async remove(caller: TaskCaller, { taskId, id }: { taskId: string; id: string }): Promise<void> {
    await this.#tasks.get(caller, taskId);
    this.configs.delete(`${taskId}/${id}`);
  }
}

function entry(config: PushConfig): PushEntry {
  return {
    config,
    status: { state: 'active', delivered: 0, failures: 0, lastError: null, lastTryAt: null },
  };
}
