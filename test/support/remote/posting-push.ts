import { StreamResponse } from '@a2a-js/sdk';
import { eventOf } from '../../../src/api/a2a/task-out.js';
import type { PushEntry, TaskCaller } from '../../../src/client/index.js';
import type { PushConfig } from '../../../src/domain/index.js';
import { FakePush } from './fake-push.js';
import type { FakeTasks } from './fake-tasks.js';

/** {@link FakePush} that posts every further update once, for kits that look at a webhook. Not durable. */
export class PostingPush extends FakePush {
  readonly #followed: FakeTasks;

  constructor(tasks: FakeTasks) {
    super(tasks);
    this.#followed = tasks;
  }

  override async set(
    caller: TaskCaller,
    config: Omit<PushConfig, 'id'> & { readonly id?: string | undefined },
  ): Promise<PushEntry> {
    const entry = await super.set(caller, config);
    void this.#post(caller, entry.config).catch(() => undefined);
    return entry;
  }

  async #post(caller: TaskCaller, config: PushConfig): Promise<void> {
    const { taskId, url, authentication } = config;
    const { contextId, cursor } = await this.#followed.get(caller, taskId);
    const signal = new AbortController().signal;
    for await (const event of this.#followed.follow(caller, { taskId, cursor, signal })) {
      if (event.kind === 'gap') continue;
      const told = eventOf(event.update, { taskId, contextId, baseUrl: '' });
      await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/a2a+json',
          ...(config.token === undefined ? {} : { 'X-A2A-Notification-Token': config.token }),
          ...(authentication === undefined
            ? {}
            : { authorization: `${authentication.scheme} ${authentication.credentials ?? ''}` }),
        },
        body: JSON.stringify(StreamResponse.toJSON(told)),
      });
    }
  }
}
