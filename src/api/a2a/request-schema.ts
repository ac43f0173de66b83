import { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';

const id = z.string().min(1).max(256);
/** Proto-JSON has no difference between an empty text and none. */
const perhapsId = z.string().max(256).nullish();
const record = z.record(z.string(), z.unknown()).nullish();
const historyLength = z.int().min(0).max(2_147_483_647).nullish();
const uris = z.array(z.string().max(2048)).max(50).nullish();
const pageSize = z.int().min(1).max(100).nullish();

/** Both alphabets, as Proto-JSON takes them. */
const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'expected base64');

const authentication = z
  .looseObject({ scheme: z.string().min(1).max(64), credentials: z.string().max(8192).nullish() })
  .nullish();

const pushConfig = z.looseObject({
  id: z
    .string()
    .max(64)
    .regex(/^[\w.-]*$/, 'expected letters, digits, - . _')
    .nullish(),
  url: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).max(2048),
  token: z.string().max(4096).nullish(),
  authentication,
});

const CONTENTS = ['text', 'raw', 'url', 'data'] as const;

const part = z
  .looseObject({
    text: z.string().nullish(),
    raw: base64.nullish(),
    url: z.url().max(2048).nullish(),
    data: z.unknown().optional(),
    filename: z.string().max(255).nullish(),
    mediaType: z.string().max(127).nullish(),
    metadata: record,
  })
  .refine((value) => CONTENTS.filter((key) => isSet(value[key])).length === 1, {
    message: 'expected exactly one of text, raw, url, data',
  });

const message = z.looseObject({
  messageId: id,
  role: z.union([z.literal('ROLE_USER'), z.literal(1)], {
    error: 'expected ROLE_USER: messages of clients are the only ones that are taken',
  }),
  parts: z.array(part).min(1).max(100),
  contextId: perhapsId,
  taskId: perhapsId,
  metadata: record,
  extensions: uris,
  referenceTaskIds: z.array(z.string().max(256)).max(100).nullish(),
});

const send = z.looseObject({
  message,
  configuration: z
    .looseObject({
      acceptedOutputModes: z.array(z.string().max(127)).max(50).nullish(),
      historyLength,
      returnImmediately: z.boolean().nullish(),
      taskPushNotificationConfig: pushConfig.nullish(),
    })
    .nullish(),
  metadata: record,
});

const STATES = [
  'TASK_STATE_UNSPECIFIED',
  'TASK_STATE_SUBMITTED',
  'TASK_STATE_WORKING',
  'TASK_STATE_COMPLETED',
  'TASK_STATE_FAILED',
  'TASK_STATE_CANCELED',
  'TASK_STATE_INPUT_REQUIRED',
  'TASK_STATE_REJECTED',
  'TASK_STATE_AUTH_REQUIRED',
] as const;

/** Parameters of every method of v1, as they come. Unknown fields are let through, as the specification wants it (5.7). */
export const REQUESTS_V1 = {
  SendMessage: send,
  SendStreamingMessage: send,
  GetTask: z.looseObject({ id, historyLength }),
  ListTasks: z.looseObject({
    contextId: perhapsId,
    status: z.union([z.enum(STATES), z.int().min(0).max(8)]).nullish(),
    pageSize,
    pageToken: z.string().max(2048).nullish(),
    historyLength,
    statusTimestampAfter: z.iso.datetime({ offset: true }).nullish(),
    includeArtifacts: z.boolean().nullish(),
  }),
  CancelTask: z.looseObject({ id, metadata: record }),
  SubscribeToTask: z.looseObject({ id, metadata: record }),
  CreateTaskPushNotificationConfig: pushConfig.extend({ taskId: id }),
  GetTaskPushNotificationConfig: z.looseObject({ taskId: id, id }),
  ListTaskPushNotificationConfigs: z.looseObject({
    taskId: id,
    pageSize: z.int().min(0).nullish(),
    pageToken: z.string().max(2048).nullish(),
  }),
  DeleteTaskPushNotificationConfig: z.looseObject({ taskId: id, id }),
  GetExtendedAgentCard: z.looseObject({}),
} as const;

const oldPart = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('text'), text: z.string(), metadata: record }),
  z.looseObject({
    kind: z.literal('data'),
    data: z.record(z.string(), z.unknown()),
    metadata: record,
  }),
  z.looseObject({
    kind: z.literal('file'),
    metadata: record,
    file: z
      .looseObject({
        name: z.string().max(255).nullish(),
        mimeType: z.string().max(127).nullish(),
        bytes: base64.optional(),
        uri: z.url().max(2048).optional(),
      })
      .refine(({ bytes, uri }) => (bytes === undefined) !== (uri === undefined), {
        message: 'expected either bytes or uri',
      }),
  }),
]);

const oldPushConfig = z.looseObject({
  url: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).max(2048),
  id: z
    .string()
    .max(64)
    .regex(/^[\w.-]*$/, 'expected letters, digits, - . _')
    .nullish(),
  token: z.string().max(4096).nullish(),
  authentication: z
    .looseObject({
      schemes: z.array(z.string().min(1).max(64)).min(1).max(10),
      credentials: z.string().max(8192).nullish(),
    })
    // the adapter of the SDK keeps the first, and says so on the console
    .transform(({ schemes, ...rest }) => ({ ...rest, schemes: schemes.slice(0, 1) }))
    .nullish(),
});

const oldSend = z.looseObject({
  message: z.looseObject({
    messageId: id,
    role: z.literal('user', {
      error: 'expected user: messages of clients are the only ones that are taken',
    }),
    parts: z.array(oldPart).min(1).max(100),
    contextId: perhapsId,
    taskId: perhapsId,
    metadata: record,
    extensions: uris,
    referenceTaskIds: z.array(z.string().max(256)).max(100).nullish(),
  }),
  configuration: z
    .looseObject({
      acceptedOutputModes: z.array(z.string().max(127)).max(50).nullish(),
      historyLength: historyLength,
      blocking: z.boolean().nullish(),
      pushNotificationConfig: oldPushConfig.nullish(),
    })
    .nullish(),
  metadata: record,
});

const oldConfigName = z.looseObject({ id, pushNotificationConfigId: id });

/** Parameters of every method of v0.3. */
export const REQUESTS_V03 = {
  'message/send': oldSend,
  'message/stream': oldSend,
  'tasks/get': z.looseObject({ id, historyLength }),
  'tasks/cancel': z.looseObject({ id, metadata: record }),
  'tasks/resubscribe': z.looseObject({ id, metadata: record }),
  'tasks/pushNotificationConfig/set': z.looseObject({
    taskId: id,
    pushNotificationConfig: oldPushConfig,
  }),
  'tasks/pushNotificationConfig/get': z.looseObject({ id, pushNotificationConfigId: perhapsId }),
  'tasks/pushNotificationConfig/list': z.looseObject({ id }),
  'tasks/pushNotificationConfig/delete': oldConfigName,
  'agent/getAuthenticatedExtendedCard': z.looseObject({}),
} as const;

/** Throws `ERR_A2A_REQUEST` with every field that is wrong. */
export function parseRequest(schema: z.ZodType, params: unknown): Record<string, unknown> {
  const parsed = schema.safeParse(params ?? {});
  if (parsed.success) return withoutNulls(parsed.data);
  const fieldViolations = parsed.error.issues.slice(0, 20).map((issue) => ({
    field: issue.path.map(String).join('.'),
    description: issue.message,
  }));
  const [first] = fieldViolations;
  throw new InvalidInputError('ERR_A2A_REQUEST', {
    message: `Invalid parameters: ${first?.field === '' ? '' : `${first?.field}: `}${first?.description}`,
    data: { fieldViolations },
  });
}

/** The adapter of v0.3 tells null from absent; senders do not. */
function withoutNulls(value: unknown): Record<string, unknown> {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(
    entries.flatMap(([key, field]) => (field === null ? [] : [[key, field]])),
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
