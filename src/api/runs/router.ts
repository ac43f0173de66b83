import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import type { z } from 'zod';
import type { TaskOrder, TaskService } from '../../client/index.js';
import {
  InvalidInputError,
  isTerminal,
  runScope,
  type TaskMessage,
  type TaskPart,
} from '../../domain/index.js';
import type { StreamHub } from '../a2a/stream-hub.js';
import { auditLine, type AuditPort, type Noted, outcomeOf } from '../gate/audit.js';
import { requireScope, type Caller } from '../gate/caller.js';
import type { StartRate } from '../gate/start-rate.js';
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
  /** See `bodyReader`. */
  readonly readBody: (request: Request, response: Response) => Promise<unknown>;
  /** Counts what each caller starts. */
  readonly starts: StartRate;
  readonly audit: AuditPort;
  /** The open streams of the server. */
  readonly hub: StreamHub;
}

const MOST_KEY = 256;

interface Asked {
  readonly routes: RunsRoutes;
  readonly caller: Caller;
  /** For the audit log. */
  readonly noted: Noted;
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
  const runs = Router();
  const handle = (work: (asked: Asked) => Promise<void>, method?: string) => {
    return (request: Request, response: Response): void =>
      void answer({ routes, request, response }, work, method);
  };
  runs.post('/', handle(start, 'POST /v1/runs'));
  runs.get('/', handle(list));
  runs.get('/:run', handle(show));
  runs.get('/:run/events', handle(follow));
  runs.post('/:run/messages', handle(tell, 'POST /v1/runs/ID/messages'));
  runs.post('/:run/cancel', handle(cancel, 'POST /v1/runs/ID/cancel'));
  runs.get('/:run/artifacts', handle(listArtifacts));
  runs.get('/:run/artifacts/:artifact', handle(readArtifact));
  router.use('/v1/runs', runs, nothingThere);
  return answering(router);
}

/** Nobody's body is read before it is known who sends it. With a `method` the request changes something, and is noted with what became of it. */
async function answer(
  { routes, request, response }: Pick<Asked, 'routes' | 'request' | 'response'>,
  work: (asked: Asked) => Promise<void>,
  method: string | undefined,
): Promise<void> {
  const noted: Noted = {};
  let caller: Caller | undefined;
  let outcome = 'ok';
  try {
    caller = await routes.authorize(request);
    await work({ routes, caller, noted, request, response });
  } catch (error) {
    outcome = outcomeOf(error);
    answerFailure(response, error);
  } finally {
    if (caller !== undefined && method !== undefined)
      routes.audit(auditLine({ caller: caller.name, method, noted, outcome, request }));
  }
}

async function start({ routes, caller, noted, request, response }: Asked): Promise<void> {
  const body = parse(startSchema, await jsonBody(routes, { request, response }), 'body');
  noted.skill = body.skill;
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
  const { messageId } = order.message;
  noted.messageId = messageId;
  routes.starts.take(caller.name, messageId);
  const view = await routes.tasks.submit(caller, order);
  noted.taskId = view.taskId;
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

async function tell({ routes, caller, noted, request, response }: Asked): Promise<void> {
  const body = parse(tellSchema, await jsonBody(routes, { request, response }), 'body');
  const told = {
    taskId: runOf(request),
    contextId: body.context_id,
    message: messageOf(body, request),
  };
  noted.taskId = told.taskId;
  noted.messageId = told.message.messageId;
  await requireSkill(routes, caller, told.taskId);
  response.json(runDocument(await routes.tasks.tell(caller, told)));
}

async function cancel({ routes, caller, noted, request, response }: Asked): Promise<void> {
  const taskId = runOf(request);
  noted.taskId = taskId;
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

async function jsonBody(
  { readBody }: RunsRoutes,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<unknown> {
  if (request.is('application/json') !== false) return readBody(request, response);
  throw new InvalidInputError('ERR_API_TYPE', {
    message: 'the body is not of the type application/json',
    hint: 'send JSON with Content-Type: application/json',
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

/** A router whose errors are answered in our words: what the reader of paths refuses. */
function answering(inner: Router): Router {
  return Router().use((request, response, next) => {
    inner(request, response, (error?: unknown) => {
      if (error === undefined) return next();
      answerFailure(response, isUnreadable(error) ? unreadable() : error);
    });
  });
}

/** The status is inherited in some errors, so that it is no field of their own. */
function isUnreadable(error: unknown): boolean {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function unreadable(): InvalidInputError {
  return new InvalidInputError('ERR_API_REQUEST', {
    message: 'the request cannot be read: the path is not encoded well',
    hint: 'GET /openapi.json describes what is expected',
  });
}
