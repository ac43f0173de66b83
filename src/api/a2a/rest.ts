import { ContentTypeNotSupportedError } from '@a2a-js/sdk/errors';
import { type Request, type Response, Router } from 'express';
import type { TaskService } from '../../client/index.js';
import { requireScope } from '../gate/caller.js';
import { answer, type AnswerServices, type Binding, refuse } from './answer.js';
import { type Failure, failureOf, named, restError } from './failure.js';
import { REST_PATH } from '../../domain/index.js';
import { A2A_TYPE, JSON_TYPE, VERSION_HEADER } from './names.js';
import { requestedVersion } from './version.js';

interface Route {
  readonly verb: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly method: string;
  /** Parameters of the path, by their names in the request. */
  readonly named?: Readonly<Record<string, string>>;
}

/** Table of the specification (5.3); a subscription is GET in the proto and POST in its text. */
const ROUTES: readonly Route[] = [
  { verb: 'post', path: '/message\\:send', method: 'SendMessage' },
  { verb: 'post', path: '/message\\:stream', method: 'SendStreamingMessage' },
  { verb: 'get', path: '/tasks', method: 'ListTasks' },
  { verb: 'post', path: '/tasks/:task\\:cancel', method: 'CancelTask', named: { id: 'task' } },
  {
    verb: 'get',
    path: '/tasks/:task\\:subscribe',
    method: 'SubscribeToTask',
    named: { id: 'task' },
  },
  {
    verb: 'post',
    path: '/tasks/:task\\:subscribe',
    method: 'SubscribeToTask',
    named: { id: 'task' },
  },
  { verb: 'get', path: '/tasks/:task', method: 'GetTask', named: { id: 'task' } },
  {
    verb: 'post',
    path: '/tasks/:task/pushNotificationConfigs',
    method: 'CreateTaskPushNotificationConfig',
    named: { taskId: 'task' },
  },
  {
    verb: 'get',
    path: '/tasks/:task/pushNotificationConfigs',
    method: 'ListTaskPushNotificationConfigs',
    named: { taskId: 'task' },
  },
  {
    verb: 'get',
    path: '/tasks/:task/pushNotificationConfigs/:config',
    method: 'GetTaskPushNotificationConfig',
    named: { taskId: 'task', id: 'config' },
  },
  {
    verb: 'delete',
    path: '/tasks/:task/pushNotificationConfigs/:config',
    method: 'DeleteTaskPushNotificationConfig',
    named: { taskId: 'task', id: 'config' },
  },
  { verb: 'get', path: '/extendedAgentCard', method: 'GetExtendedAgentCard' },
];

/** Query parameters that are no texts. */
const NUMBERS: readonly string[] = ['historyLength', 'pageSize', 'history_length', 'page_size'];
const FLAGS: readonly string[] = ['includeArtifacts', 'include_artifacts'];

/**
 * HTTP+JSON of v1.0 below `/a2a/v1`, also below one more part of a path, which names a tenant: there is only one. Beside it
 * `GET …/tasks/ID/artifacts/ARTIFACT`, the bytes to which artifacts refer.
 */
export function createRestRouter(services: AnswerServices, tasks: TaskService): Router {
  const router = Router();
  for (const route of ROUTES) {
    for (const base of [REST_PATH, `${REST_PATH}/:tenant`]) {
      router[route.verb](`${base}${route.path}`, (request: Request, response: Response) =>
        answerRoute(route, { request, response, services }),
      );
    }
  }
  router.get(`${REST_PATH}/tasks/:task/artifacts/:artifact`, (request, response) =>
    sendArtifact(tasks, { request, response, services }),
  );
  return router;
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly services: AnswerServices;
}

async function answerRoute(route: Route, { request, response, services }: Exchange): Promise<void> {
  response.vary(VERSION_HEADER);
  const binding = bindingOf(response);
  try {
    const version = requestedVersion(request, ['1.0']);
    const body = route.verb === 'post' ? await bodyOf({ request, response, services }) : {};
    const params = { ...body, ...queryOf(route, request), ...pathOf(route, request) };
    const asked = { request, response, method: route.method, params, version };
    await answer(asked, { services, binding });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.isFault) services.onFault(error);
    refuse(response, { failure, binding });
  }
}

/** The whole of an artifact, as a file that no browser shows as a page of this server. */
async function sendArtifact(
  tasks: TaskService,
  { request, response, services }: Exchange,
): Promise<void> {
  try {
    const caller = await services.tokens.callerOf(request.get('authorization'));
    requireScope(caller, 'tasks:read');
    const whole = await tasks.artifact(caller, {
      taskId: String(request.params['task']),
      artifactId: String(request.params['artifact']),
    });
    response.set('X-Content-Type-Options', 'nosniff');
    response.attachment(whole.name.replace(/[^\w.-]/g, '_').slice(0, 100));
    const isPlain = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(whole.mediaType);
    response.type(isPlain ? whole.mediaType : 'application/octet-stream').send(whole.text);
  } catch (error) {
    const failure = failureOf(named(error));
    if (failure.isFault) services.onFault(error);
    refuse(response, { failure, binding: bindingOf(response) });
  }
}

function bindingOf(response: Response): Binding {
  return {
    // the empty message of Proto-JSON, where there is nothing to tell: clients parse every body
    result: (result) => void response.type(A2A_TYPE).send(JSON.stringify(result ?? {})),
    event: (result) => result,
    failure: (failure: Failure) => {
      response
        .status(failure.status)
        .type(A2A_TYPE)
        .send(JSON.stringify(restError(failure)));
    },
    lateFailure: restError,
  };
}

/** A request without a body is one without parameters. */
async function bodyOf({ request, response, services }: Exchange): Promise<Record<string, unknown>> {
  const type = request.get('content-type');
  const media = type?.split(';', 1)[0]?.trim().toLowerCase();
  if (media !== undefined && media !== JSON_TYPE && media !== A2A_TYPE)
    throw new ContentTypeNotSupportedError('expected application/a2a+json or application/json');
  const body = await services.readBody(request, response);
  // a list or a text is no request; its absence of fields is what the schema then finds
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
}

function queryOf(route: Route, request: Request): Record<string, unknown> {
  if (route.verb !== 'get') return {};
  return Object.fromEntries(
    Object.entries(request.query).flatMap(([name, value]): [string, unknown][] => {
      if (value === '') return [];
      if (typeof value !== 'string') return [[name, value]];
      if (NUMBERS.includes(name) && /^-?\d{1,10}$/.test(value)) return [[name, Number(value)]];
      if (FLAGS.includes(name) && /^(?:true|false)$/.test(value)) return [[name, value === 'true']];
      return [[name, value]];
    }),
  );
}

function pathOf({ named: names = {} }: Route, request: Request): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(names).map(([field, parameter]) => [field, request.params[parameter]]),
  );
}
