import { randomUUID } from 'node:crypto';
import { Router, type Request } from 'express';
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
import { requireScope, type Caller } from '../gate/caller.js';
import type { StartRate } from '../gate/start-rate.js';
import { streamEvents } from './event-stream.js';
import {
  answering,
  type AskedOf,
  type Exchange,
  exchanges,
  jsonBody,
  nothingThere,
  parse,
} from './exchange.js';
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
export interface RunsRoutes extends Exchange {
  readonly tasks: TaskService;
  readonly version: string;
  /** Counts what each caller starts. */
  readonly starts: StartRate;
  /** The open streams of the server. */
  readonly hub: StreamHub;
}

const MOST_KEY = 256;

type Asked = AskedOf<RunsRoutes>;

/**
 * Runs for people's scripts, below `/v1/runs`, and their description at `/openapi.json`. Every answer is JSON but streams of events and
 * the texts of artifacts; failures are `{"error": {code, message, hint}}`.
 */
export function createRunsRouter(routes: RunsRoutes): Router {
  const router = Router();
  const document = openApiDocument(routes.version);
  router.get('/openapi.json', (_request, response) => void response.json(document));
  const runs = Router();
  const handle = exchanges(routes);
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

/** Absent instead of undefined. */
function defined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> };
}
