import type {
  ListTaskPushNotificationConfigsResponse,
  TaskPushNotificationConfig,
} from '@a2a-js/sdk';
import { TaskNotFoundError } from '@a2a-js/sdk/errors';
import type { PushEntry, PushService } from '../../client/index.js';
import { requireScope } from '../gate/caller.js';
import type { Call } from './call.js';

interface ConfigName {
  readonly taskId: string;
  readonly id: string;
}

/** Begins to post the updates of a task. Whoever may read them may have them posted. */
export async function setPush(
  push: PushService,
  { config, call }: { readonly config: TaskPushNotificationConfig; readonly call: Call },
): Promise<TaskPushNotificationConfig> {
  requireScope(call.caller, 'tasks:read');
  call.noted.taskId = config.taskId;
  const { authentication } = config;
  const entry = await push.set(call.caller, {
    taskId: config.taskId,
    url: config.url,
    protocolVersion: call.version,
    baseUrl: call.baseUrl,
    ...(config.id === '' ? {} : { id: config.id }),
    ...(config.token === '' ? {} : { token: config.token }),
    ...(authentication === undefined
      ? {}
      : {
          authentication: {
            scheme: authentication.scheme,
            ...(authentication.credentials === ''
              ? {}
              : { credentials: authentication.credentials }),
          },
        }),
  });
  return wireConfig(entry);
}

/** One configuration; v0.3 may leave the name out when there is only one. */
export async function getPush(
  push: PushService,
  { wanted, call }: { readonly wanted: ConfigName; readonly call: Call },
): Promise<TaskPushNotificationConfig> {
  requireScope(call.caller, 'tasks:read');
  if (wanted.id !== '') return wireConfig(await push.get(call.caller, wanted));
  const [first] = await push.list(call.caller, wanted.taskId);
  if (first !== undefined) return wireConfig(first);
  throw new TaskNotFoundError('this task has no push configuration');
}

/** All of a task; there are few, so that they come on one page. */
export async function listPush(
  push: PushService,
  { taskId, call }: { readonly taskId: string; readonly call: Call },
): Promise<ListTaskPushNotificationConfigsResponse> {
  requireScope(call.caller, 'tasks:read');
  const entries = await push.list(call.caller, taskId);
  return { configs: entries.map(wireConfig), nextPageToken: '' };
}

/** Posts no more. */
export async function deletePush(
  push: PushService,
  { wanted, call }: { readonly wanted: ConfigName; readonly call: Call },
): Promise<void> {
  requireScope(call.caller, 'tasks:read');
  call.noted.taskId = wanted.taskId;
  await push.remove(call.caller, { taskId: wanted.taskId, id: wanted.id });
}

function wireConfig({ config }: PushEntry): TaskPushNotificationConfig {
  const { authentication } = config;
  return {
    tenant: '',
    id: config.id,
    taskId: config.taskId,
    url: config.url,
    token: config.token ?? '',
    authentication:
      authentication === undefined
        ? undefined
        : { scheme: authentication.scheme, credentials: authentication.credentials ?? '' },
  };
}
