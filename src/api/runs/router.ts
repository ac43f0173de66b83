import { randomUUID } from 'node:crypto';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import type { TaskOrder, TaskService } from '../../client/index.js';
import {
  InvalidInputError,
  isDeeper,
  isTerminal,
  runScope,
  type TaskMessage,
  type TaskPart,
} from '../../domain/index.js';
import type { StreamHub } from '../a2a/stream-hub.js';
import { requireScope, type Caller } from '../gate/caller.js';
import { DEEPEST } from '../gate/read-body.js';
import { streamEvents } from './event-stream.js';
import { answerFailure } from './failure.js';
import { openApiDocument } from './openapi.js';
import {
  cursorSchema,
  listSchema,
  runDocument,
  runIdSchema,
  shownArtifact,
  startSchema,
  tellSchema,
} from './schemas.js';

/** What {@link createRunsRouter} needs. */
export interface RunsRoutes {
  readonly tasks: TaskService;
  /** Whoever sent a request. Throws `ERR_TOKEN_REFUSED`. */
  readonly authorize: (request: Request) => Promise<Caller>;
  readonly version: string;
  /** Bytes of a body. Default 10 MiB. */
  readonly maxBodyBytes?: number;
  /** The open streams of the server. */
  readonly hub: StreamHub;
}

const BODY_BYTES = 10 * 1024 * 1024;
const MOST_KEY = 256;

interface Asked {
  readonly routes: RunsRoutes;
  readonly caller: Caller;
  readonly request: Request;
  readonly response: Response;
}

/**
 * Runs for people's scripts, below `/v1/runs`, and their description at `/openapi.json`. Every answer is JSON but streams of events and
 * the texts of artifacts; failures are `{"error": {code, message, hint}}`.
 */
export function createRunsRouter(routes: RunsRoutes): Router {
  const router = Router();
  const document = openApiDocument(routes.version);
  router.get('/openapi.json', (_request, response) => void response.json(document));
  const json = express.json({
    limit: routes.maxBodyBytes ?? BODY_BYTES,
    type: 'application/json',
    strict: true,
  });
  const runs = Router();
  const handle = (work: (asked: Asked) => Promise<void>) => {
    return (request: Request, response: Response): void => {
      void routes
        .authorize(request)
        .then((caller) => work({ routes, caller, request, response }))
        .catch((error: unknown) => answerFailure(response, error));
    };
  };
  /** Nobody's body is read before it is known who sends it. */
  const known = (request: Request, response: Response, next: NextFunction): void => {
    routes.authorize(request).then(
      () => next(),
      (error: unknown) => answerFailure(response, error),
    );
  };
  runs.post('/', known, json, handle(start));
  runs.get('/', handle(list));
  runs.get('/:run', handle(show));
  runs.get('/:run/events', handle(follow));
  runs.post('/:run/messages', known, json, handle(tell));
  runs.post('/:run/cancel', handle(cancel));
  runs.get('/:run/artifacts', handle(listArtifacts));
  runs.get('/:run/artifacts/:artifact', handle(readArtifact));
  router.use('/v1/runs', runs, nothingThere);
  return answering(router);
}

async function start({ routes, caller, request, response }: Asked): Promise<void> {
  const body = parse(startSchema, jsonBody(request), 'body');
  requireScope(caller, runScope(body.skill));
  const { budget_usd: budgetUsd, max_turns: maxTurns, ...limits } = body.limits ?? {};
  const { max_subagents: maxSubagents, timeout_s: timeoutS } = limits;
  const order: TaskOrder = {
    origin: 'rest',
    skill: body.skill,
    message: messageOf(body, request),
    place: body.place,
    contextId: body.context_id,
    ...defined({ model: body.model, autoApprove: body.auto_approve, branch: body.branch }),
    ...(body.limits === undefined
      ? {}
      : { limits: defined({ budgetUsd, maxTurns, maxSubagents, timeoutS }) }),
  };
  const view = await routes.tasks.submit(caller, order);
  response.status(201).location(`/v1/runs/${view.taskId}`).json(runDocument(view));
}

async function list({ routes, caller, request, response }: Asked): Promise<void> {
  requireScope(caller, 'tasks:read');
  const {
    context_id: contextId,
    state,
    since,
    ...page
  } = parse(listSchema, request.query, 'query');
  const { page_size: pageSize, page_token: pageToken } = page;
  const filter = { contextId, state, since, pageSize, pageToken };
  const { tasks, nextPageToken, totalSize } = await routes.tasks.list(caller, filter);
  response.json({
    runs: tasks.map(runDocument),
    next_page_token: nextPageToken,
    total_size: totalSize,
  });
}

async function show({ routes, caller, request, response }: Asked): Promise<void> {
  requireScope(caller, 'tasks:read');
  response.json(runDocument(await routes.tasks.get(caller, runOf(request))));
}

async function tell({ routes, caller, request, response }: Asked): Promise<void> {
  const body = parse(tellSchema, jsonBody(request), 'body');
  const told = {
    taskId: runOf(request),
    contextId: body.context_id,
    message: messageOf(body, request),
  };
  await requireSkill(routes, caller, told.taskId);
  response.json(runDocument(await routes.tasks.tell(caller, told)));
}

async function cancel({ routes, caller, request, response }: Asked): Promise<void> {
  const taskId = runOf(request);
  await requireSkill(routes, caller, taskId);
  response.json(runDocument(await routes.tasks.cancel(caller, taskId)));
}

async function listArtifacts({ routes, caller, request, response }: Asked): Promise<void> {
  requireScope(caller, 'tasks:read');
  const { artifacts } = await routes.tasks.get(caller, runOf(request));
  response.json({ artifacts: artifacts.map(shownArtifact) });
}

async function readArtifact({ routes, caller, request, response }: Asked): Promise<void> {
  requireScope(caller, 'tasks:read');
  const taskId = runOf(request);
  const artifactId = String(request.params['artifact'] ?? '').slice(0, MOST_KEY);
  const artifact = await routes.tasks.artifact(caller, { taskId, artifactId });
  // What agents made is never shown as a page of this server.
  response.attachment(artifact.name.replaceAll(/[^\w.-]/g, '_') || 'artifact');
  response.set('X-Content-Type-Options', 'nosniff');
  response.set('X-Media-Type', artifact.mediaType.replaceAll(/[^\w./+-]/g, ''));
  response.type('text/plain; charset=utf-8').send(artifact.text);
}

async function follow({ routes, caller, request, response }: Asked): Promise<void> {
  requireScope(caller, 'tasks:read');
  const taskId = runOf(request);
  const given = request.get('last-event-id') ?? request.query['cursor'] ?? 0;
  const cursor = parse(cursorSchema, given, 'cursor');
  const view = await routes.tasks.get(caller, taskId);
  // Browsers come back for ever: this tells them that nothing comes any more.
  if (isTerminal(view.state) && cursor >= view.cursor) return void response.status(204).end();
  routes.hub.requireRoom();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const { signal } = gone;
    await streamEvents(
      response,
      routes.tasks.follow(caller, { taskId, cursor, signal }),
      routes.hub,
    );
  } finally {
    gone.abort();
  }
}

/** Whoever may start a kind of run may answer and stop it. */
async function requireSkill({ tasks }: RunsRoutes, caller: Caller, taskId: string): Promise<void> {
  const { skill } = await tasks.get(caller, taskId);
  requireScope(caller, runScope(skill));
}

function runOf(request: Request): string {
  const parsed = runIdSchema.safeParse(request.params['run']);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('ERR_TASK_NOT_FOUND', {
    message: 'there is no such run',
    hint: 'GET /v1/runs lists the runs of this token',
  });
}

/** A header names the message where the body does not. */
function messageOf(
  {
    text,
    parts = [],
    message_id: id,
  }: Pick<z.infer<typeof tellSchema>, 'text' | 'parts' | 'message_id'>,
  request: Request,
): TaskMessage {
  const key = request.get('idempotency-key')?.slice(0, MOST_KEY);
  const words: TaskPart[] = text === undefined ? [] : [{ kind: 'text', text }];
  return {
    messageId: id ?? (key === undefined || key === '' ? randomUUID() : key),
    role: 'user',
    parts: [...words, ...parts],
  };
}

function jsonBody(request: Request): unknown {
  if (request.is('application/json') !== false) return shallow(request.body);
  throw new InvalidInputError('ERR_API_TYPE', {
    message: 'the body is not of the type application/json',
    hint: 'send JSON with Content-Type: application/json',
  });
}

function shallow(body: unknown): unknown {
  if (!isDeeper(body, DEEPEST)) return body;
  throw new InvalidInputError('ERR_BODY_TOO_DEEP', {
    message: `the body is nested deeper than ${DEEPEST} levels`,
    hint: 'send such data as a file part',
  });
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = [what, ...(issue?.path ?? [])].map(String).join('.');
  throw new InvalidInputError('ERR_API_REQUEST', {
    message: `${field.slice(0, 200)}: ${issue?.message ?? 'not as expected'}`,
    where: { field },
    hint: 'GET /openapi.json describes what is expected',
  });
}

/** Absent instead of undefined. */
function defined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> };
}

function nothingThere(_request: Request, response: Response): void {
  answerFailure(
    response,
    new InvalidInputError('ERR_API_PATH', {
      message: 'there is nothing at this path for this method',
      hint: 'GET /openapi.json lists what there is',
    }),
  );
}

/** A router whose errors are answered in our words: what the reader of bodies or of paths refuses. */
function answering(inner: Router): Router {
  return Router().use((request, response, next) => {
    inner(request, response, (error?: unknown) => {
      if (error === undefined) return next();
      answerFailure(response, unreadable(statusIn(error)) ?? error);
    });
  });
}

/** Inherited in some errors, so that it is no field of their own. */
function statusIn(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'status' in error
    ? error.status
    : undefined;
}

function unreadable(status: unknown): InvalidInputError | undefined {
  if (status === 413)
    return new InvalidInputError('ERR_API_TOO_LARGE', {
      message: 'the body is too large',
      hint: 'send less, or an address instead of a file',
    });
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return new InvalidInputError('ERR_API_REQUEST', {
    message: 'the request cannot be read: the body is no JSON, or the path is not encoded well',
    hint: 'GET /openapi.json describes what is expected',
  });
}
