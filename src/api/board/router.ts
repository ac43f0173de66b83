import { Router } from 'express';
import type { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';
import { CHANGES_LIMIT, changesText, rowMatches } from '../../report/index.js';
import type { BoardDesk } from '../../runs/index.js';
import type { StreamHub } from '../a2a/stream-hub.js';
import { requireScope } from '../gate/caller.js';
import {
  answering,
  type AskedOf,
  type Exchange,
  exchanges,
  jsonBody,
  nothingThere,
  parse,
} from '../runs/exchange.js';
import { type LiveStream, streamOverview, streamRun } from './live.js';
import {
  answerSchema,
  boardRunSchema,
  boardStorySchema,
  changesSchema,
  diffSchema,
  nothingSchema,
  offsetSchema,
  overviewSchema,
  pauseSchema,
  reportSchema,
  resumeSchema,
  saySchema,
} from './schemas.js';
import { shown } from './shown.js';

/** What {@link createBoardRouter} needs. */
export interface BoardRoutes extends Exchange {
  readonly desk: BoardDesk;
  /** The open streams of the server. */
  readonly hub: StreamHub;
}

type Asked = AskedOf<BoardRoutes>;

/**
 * What the board shows and does, below `/v1/board`: every run of the home, for callers with the scope `board:read`, and steering them, for callers
 * with `board:steer`. Answers are JSON but streams and reports; failures are `{"error": {code, message, hint}}`.
 */
export function createBoardRouter(routes: BoardRoutes): Router {
  const router = Router();
  const board = Router();
  const handle = exchanges(routes);
  board.get('/', handle(overview));
  board.get('/events', handle(followAll));
  board.get('/runs/:run', handle(page));
  board.get('/runs/:run/events', handle(followRun));
  board.get('/runs/:run/diff', handle(diff));
  board.get('/runs/:run/report', handle(report));
  for (const [path, work] of Object.entries(STEERING))
    board.post(`/runs/:run/${path}`, handle(work, `POST /v1/board/runs/ID/${path}`));
  router.use('/v1/board', board, nothingThere);
  return answering(router);
}

/** What people ask of a run, by the end of its path. */
const STEERING: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
  pause: steers(pauseSchema, (desk, { run }, { reason }) => desk.steering.pauseRun(run, reason)),
  resume: steers(resumeSchema, (desk, { run }, body) =>
    desk.steering.resumeRun(run, resumeRequest(body)),
  ),
  say: steers(saySchema, (desk, { run }, { story, text }) =>
    desk.steering.messageSubtask(run, story, text),
  ),
  cancel: steers(nothingSchema, async (desk, { run }) => {
    await desk.steering.cancelRun(run);
    return 'the run is being stopped';
  }),
  temporal: async (asked) => {
    const { run } = maySteer(asked);
    asked.response.json({ url: await asked.routes.desk.temporalLink(run) });
  },
  'stories/:story/answer': steers(answerSchema, (desk, { run, story }, { text, call }) =>
    desk.steering.answerStory(run, story, call === undefined ? text : { text, call }),
  ),
  'stories/:story/skip': steers(nothingSchema, (desk, { run, story }) =>
    desk.steering.skipStory(run, story),
  ),
  'stories/:story/retry': steers(nothingSchema, (desk, { run, story }) =>
    desk.steering.retryStory(run, story),
  ),
  'stories/:story/changes': changes,
};

interface Place {
  readonly run: string;
  /** Empty where the path names none. */
  readonly story: string;
}

/** A request that is read by its schema, done, and answered with the run's own sentence. */
function steers<Schema extends z.ZodType>(
  schema: Schema,
  work: (desk: BoardDesk, place: Place, body: z.infer<Schema>) => Promise<string>,
): (asked: Asked) => Promise<void> {
  return async (asked) => {
    const place = maySteer(asked);
    const body = parse(schema, await jsonBody(asked.routes, asked), 'body');
    const answer = await work(asked.routes.desk, place, body);
    asked.response.json(shown({ run_id: place.run, answer }));
  };
}

async function changes(asked: Asked): Promise<void> {
  const { run, story } = maySteer(asked);
  const body = parse(changesSchema, await jsonBody(asked.routes, asked), 'body');
  const text = changesText(body.comments, body.note);
  if (text.length > CHANGES_LIMIT)
    throw new InvalidInputError('ERR_API_REQUEST', {
      message: `body.comments: all comments together have ${text.length} characters; an agent is told ${CHANGES_LIMIT} at once`,
      where: { field: 'body.comments' },
      hint: 'ask for fewer changes at once, or say it shorter',
    });
  const mayStart = (): void => requireScope(asked.caller, 'ralph:run');
  const taken = await asked.routes.desk.requestChanges(run, { story, text, mayStart });
  asked.response.json(shown({ run_id: taken.runId, answer: taken.answer }));
}

function mayRead({ caller, request }: Asked): string {
  requireScope(caller, 'board:read');
  return runOf(request.params['run']);
}

/** Who steers is noted with the run. */
function maySteer({ caller, noted, request }: Asked): Place {
  requireScope(caller, 'board:steer');
  const run = runOf(request.params['run']);
  noted.taskId = run;
  const { story } = request.params;
  return { run, story: story === undefined ? '' : parse(boardStorySchema, story, 'story') };
}

function runOf(name: unknown): string {
  const parsed = boardRunSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: 'there is no such run',
    hint: 'GET /v1/board lists the runs',
  });
}

async function overview({ routes, caller, request, response }: Asked): Promise<void> {
  requireScope(caller, 'board:read');
  const { q, state } = parse(overviewSchema, request.query, 'query');
  const { runs, waiting } = await routes.desk.overview();
  const found = runs.filter(
    (row) => rowMatches(row, q) && (state === undefined || row.status === state),
  );
  response.json(shown({ runs: found, waiting }));
}

async function followAll(asked: Asked): Promise<void> {
  requireScope(asked.caller, 'board:read');
  await streamOverview(liveStream(asked));
}

/** Who watches is asked for again while it goes on. */
function liveStream({ routes, request, response }: Asked): LiveStream {
  const { hub, desk } = routes;
  const mayRead = async (): Promise<void> =>
    requireScope(await routes.authorize(request), 'board:read');
  return { response, hub, desk, mayRead };
}

async function page(asked: Asked): Promise<void> {
  const run = mayRead(asked);
  asked.response.json(shown(await asked.routes.desk.page(run)));
}

async function followRun(asked: Asked): Promise<void> {
  const runId = mayRead(asked);
  const { request } = asked;
  const given = request.get('last-event-id') ?? request.query['offset'] ?? 0;
  const offset = parse(offsetSchema, given, 'offset');
  await streamRun(liveStream(asked), { runId, offset });
}

async function diff(asked: Asked): Promise<void> {
  const run = mayRead(asked);
  const { story } = parse(diffSchema, asked.request.query, 'query');
  asked.response.json(shown(await asked.routes.desk.diff(run, story)));
}

/** Never shown as a page of this server: what is in it was written by others. */
async function report(asked: Asked): Promise<void> {
  const run = mayRead(asked);
  const { format } = parse(reportSchema, asked.request.query, 'query');
  const text = await asked.routes.desk.report(run, format);
  asked.response.attachment(`report-${run}.${format === 'html' ? 'html' : 'md'}`);
  asked.response.set('X-Content-Type-Options', 'nosniff');
  asked.response.type('text/plain; charset=utf-8').send(text);
}

function resumeRequest(body: z.infer<typeof resumeSchema>) {
  const { budget_usd: usd, budget_tokens: tokens, max_calls: calls } = body;
  return {
    budget: {
      ...(usd === undefined ? {} : { costMicroUsd: Math.round(usd * 1_000_000) }),
      ...(tokens === undefined ? {} : { tokens }),
      ...(calls === undefined ? {} : { calls }),
    },
  };
}
