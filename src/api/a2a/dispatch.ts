import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { type A2ARequestHandler, JsonRpcTransportHandler } from '@a2a-js/sdk/server';
import { InvalidInputError } from '../../domain/index.js';
import { type Call, contextOf } from './call.js';
import { completeResult, isFinal, markFinal } from './complete-result.js';
import { camelCased } from './proto-names.js';
import { parseRequest, REQUESTS_V03, REQUESTS_V1 } from './request-schema.js';

/** What a call gives: one result, or events of which each is a result. */
export type Outcome =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'events'; readonly events: AsyncGenerator<unknown, void, undefined> };

/** A method and its parameters, of whichever binding. */
export interface Request {
  readonly method: string;
  readonly params: unknown;
}

/** Calls an operation; both bindings and versions go through it, so that they do the same. Throws what the operation throws. */
export type Dispatch = (request: Request, call: Call) => Promise<Outcome>;

/** Methods that change something; they are audited. */
const CHANGING: ReadonlySet<string> = new Set([
  'SendMessage',
  'SendStreamingMessage',
  'CancelTask',
  'CreateTaskPushNotificationConfig',
  'DeleteTaskPushNotificationConfig',
  'message/send',
  'message/stream',
  'tasks/cancel',
  'tasks/pushNotificationConfig/set',
  'tasks/pushNotificationConfig/delete',
]);

/** True for methods that are written into the audit log. */
export function isChanging(method: string): boolean {
  return CHANGING.has(method);
}

/** The SDK's adapters over a handler, with every parameter checked before them and every required field present after them. */
export function createDispatch(handler: A2ARequestHandler): Dispatch {
  const adapters = {
    '1.0': new JsonRpcTransportHandler(handler),
    '0.3': new LegacyJsonRpcTransportHandler(handler),
  };
  return async ({ method, params }, call) => {
    const checked = checkedParams({ method, params }, call);
    const answer: unknown = await adapters[call.version].handle(
      { jsonrpc: '2.0', id: 0, method, params: checked },
      contextOf(call),
    );
    if (isStream(answer)) {
      return { kind: 'events', events: resultsOf(answer, call) };
    }
    return { kind: 'result', result: completeResult(resultIn(answer, call), { method, checked }) };
  };
}

function checkedParams({ method, params }: Request, { version }: Call): Record<string, unknown> {
  const schemas: Readonly<Record<string, Parameters<typeof parseRequest>[0]>> =
    version === '1.0' ? REQUESTS_V1 : REQUESTS_V03;
  const schema = Object.hasOwn(schemas, method) ? schemas[method] : undefined;
  if (schema === undefined) {
    throw new InvalidInputError('ERR_RPC_METHOD', {
      message: `Method not found in version ${version} of the protocol`,
      hint: 'A2A-Version names the version; without it, it is 0.3',
    });
  }
  return parseRequest(schema, version === '1.0' ? camelCased(params) : params);
}

async function* resultsOf(
  envelopes: AsyncIterable<unknown>,
  call: Call,
): AsyncGenerator<unknown, void, undefined> {
  for await (const envelope of envelopes) {
    const result = resultIn(envelope, call);
    yield call.version === '0.3' && isFinal(result) ? markFinal(result) : result;
  }
}

/** The result of an envelope; the error as it was thrown, which the envelope has no room for. */
function resultIn(envelope: unknown, call: Call): unknown {
  if (typeof envelope !== 'object' || envelope === null) return envelope;
  if ('error' in envelope) throw call.failure ?? malformed(envelope.error);
  return 'result' in envelope ? envelope.result : null;
}

/** What the adapter itself refuses, which the schemas should have refused before. */
function malformed(error: unknown): InvalidInputError {
  const text =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return new InvalidInputError('ERR_A2A_REQUEST', {
    message: `Invalid parameters: ${text.slice(0, 200)}`,
  });
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
