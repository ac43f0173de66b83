import {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import type { A2ARequestHandler } from '@a2a-js/sdk/server';
import type { PushService, TaskService } from '../client/index.js';
import type { ServeSettings } from '../config/index.js';
import { type AccessToken, InvalidInputError } from '../domain/index.js';
import type { AnswerServices } from './a2a/answer.js';
import { createCardRouter } from './a2a/card-router.js';
import { createDispatch } from './a2a/dispatch.js';
import { failureOf, restError } from './a2a/failure.js';
import { createRpcRouter } from './a2a/json-rpc.js';
import { JSON_TYPE } from './a2a/names.js';
import { createRestRouter } from './a2a/rest.js';
import { StreamHub } from './a2a/stream-hub.js';
import { TaskRequestHandler } from './a2a/task-handler.js';
import { createPageRouter } from './board/page.js';
import { createBoardRouter } from './board/router.js';
import type { AuditPort } from './gate/audit.js';
import {
  baseUrl,
  isForOneself,
  onlyKnownPlaces,
  type Places,
  requireKnownHost,
} from './gate/places.js';
import { bodyReader } from './gate/read-body.js';
import { createStartRate } from './gate/start-rate.js';
import { createTokenBook, type TokenBook } from './gate/token-book.js';
import type { BoardDesk } from '../runs/index.js';
import type { Meters } from './runs/health.js';
import type { Exchange } from './runs/exchange.js';
import { createRunsRouter } from './runs/router.js';

/** What {@link createRemoteApi} works with. */
export interface RemoteServices {
  readonly tasks: TaskService;
  /** Null = nothing posts updates, and the card says so. */
  readonly push: PushService | null;
  /** The runs of the home, for the board; absent = there is no board. */
  readonly board?: BoardDesk | undefined;
  /** Reads the tokens of clients; asked again at most every 30 s. */
  readonly readTokens: () => Promise<readonly AccessToken[]>;
  /** See `TokenBookOptions`. */
  readonly ownToken?: string | undefined;
  readonly settings: ServeSettings;
  /** Of this program. */
  readonly version: string;
  readonly audit: AuditPort;
  /** Counts requests, and tells figures; absent = nobody does. */
  readonly meters?: Meters | undefined;
  /** Told of faults of the server; must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Puts something around the operations; tests of conformance do. */
  readonly around?: ((handler: A2ARequestHandler) => A2ARequestHandler) | undefined;
}

/** The routes for tasks from outside. */
export interface RemoteApi {
  /** To be mounted at the root, behind everything that has rules of its own: it looks at the host of every request that reaches it. */
  readonly router: Router;
  /** The check of host and page, for routes beside these. */
  readonly guard: RequestHandler;
  readonly tokens: TokenBook;
  readonly hub: StreamHub;
  /** Ends the streams. */
  close(): void;
}

/** A2A over durable tasks: cards, JSON-RPC (v1.0 and v0.3) and HTTP+JSON (v1.0), each behind the checks of host, origin and token. */
export function createRemoteApi(services: RemoteServices): RemoteApi {
  const { settings, tasks, push, board, version, around = (handler) => handler } = services;
  const places: Places = settings;
  const tokens = createTokenBook({
    read: services.readTokens,
    ownToken: services.ownToken,
    isLoopback: isForOneself(settings),
  });
  const hub = new StreamHub({ ...settings, onStream: services.meters?.onStream });
  const starts = createStartRate(settings.startsPerMinute);
  const handler = around(new TaskRequestHandler({ tasks, push, starts, version }));
  const answers: AnswerServices = {
    dispatch: createDispatch(handler),
    tokens,
    places,
    hub,
    audit: services.audit,
    onFault: services.onFault,
    readBody: bodyReader(settings.bodyLimitBytes),
  };
  const exchange: Exchange = {
    audit: services.audit,
    authorize: (request) => tokens.callerOf(request.get('authorization')),
    readBody: answers.readBody,
  };
  const router = Router();
  const guard = guardOf(places, services.onFault);
  if (services.meters !== undefined) router.use(services.meters.count);
  if (board !== undefined) router.use(createPageRouter(hostGuard(places, services.onFault)));
  router.use(guard);
  if (services.meters !== undefined) router.use(services.meters.router);
  router.use(
    createCardRouter({
      facts: async (request) => ({
        version,
        baseUrl: baseUrl(request, places),
        needsToken: await needsToken(tokens),
        hasPush: push !== null,
      }),
      maxAgeS: settings.cardMaxAgeS,
      since: new Date(),
    }),
    createRpcRouter(answers),
    createRestRouter(answers, tasks),
    createRunsRouter({ ...exchange, tasks, starts, version, hub }),
  );
  if (board !== undefined) router.use(createBoardRouter({ ...exchange, desk: board, hub }));
  return { router, guard, tokens, hub, close: () => hub.close() };
}

/** Whether somebody without a token is anybody; while that cannot be found out, one is needed. */
async function needsToken(tokens: TokenBook): Promise<boolean> {
  try {
    await tokens.callerOf(undefined);
    return false;
  } catch {
    return true;
  }
}

/** Host, page and path of a request, before anything else looks at it. */
function guardOf(places: Places, onFault: (error: unknown) => void): RequestHandler {
  const check = onlyKnownPlaces(places);
  return refusing(onFault, (request, response, next) => {
    requireReadable(request.path);
    check(request, response, next);
  });
}

/** The host alone: pages of others may link to what holds nothing of anybody. */
function hostGuard(places: Places, onFault: (error: unknown) => void): RequestHandler {
  return refusing(onFault, (request, _response, next) => {
    requireKnownHost(request, places);
    next();
  });
}

/** A check whose refusals are answered. */
function refusing(onFault: (error: unknown) => void, check: RequestHandler): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    try {
      void check(request, response, next);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.isFault) onFault(error);
      response
        .status(failure.status)
        .type(JSON_TYPE)
        .send(JSON.stringify(restError(failure)));
    }
  };
}

function requireReadable(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw new InvalidInputError('ERR_A2A_REQUEST', { message: 'the path cannot be decoded' });
  }
}
