import { setTimeout as delay } from 'node:timers/promises';
import type { Response } from 'express';
import type { BoardDesk } from '../../runs/index.js';
import type { EventStream, StreamHub } from '../a2a/stream-hub.js';
import { openStream } from '../runs/event-stream.js';
import { shown } from './shown.js';

/** How often files are looked at for whoever watches, in milliseconds. */
const LOOK_MS = { overview: 1000, run: 400 };
/** Lines of a run that one frame carries. */
const LINES = 200;
/** Bytes of a log that are held at once. */
const PAGE_BYTES = 1024 * 1024;

/** How often it is asked again whether whoever watches still may, in milliseconds: as soon as a revoked token is refused elsewhere. */
const ASK_AGAIN_MS = 30_000;

/** What {@link streamOverview} and {@link streamRun} write to. */
export interface LiveStream {
  readonly response: Response;
  readonly hub: StreamHub;
  readonly desk: BoardDesk;
  /** Rejects once whoever watches may not any more. */
  readonly mayRead: () => Promise<void>;
}

/** Frames `board` with the overview, at once and after each change, until the reader leaves. */
export async function streamOverview(live: LiveStream): Promise<void> {
  const { desk } = live;
  await whileOpen(live, async (stream, signal) => {
    let last = '';
    while (!signal.aborted) {
      const text = JSON.stringify(shown(await desk.overview()));
      if (text !== last && !(await stream.send(`event: board\ndata: ${text}\n\n`))) return;
      last = text;
      await pause(LOOK_MS.overview, signal);
    }
  });
}

/**
 * Frames `lines` with the events of a run behind `offset`, each frame with the offset to go on from as its id, and frames `record` after each change
 * of the run's record, until the reader leaves.
 */
export async function streamRun(
  live: LiveStream,
  { runId, offset }: { readonly runId: string; readonly offset: number },
): Promise<void> {
  const { desk } = live;
  let stamp = await desk.stamp(runId);
  await whileOpen(live, async (stream, signal) => {
    let at = offset;
    while (!signal.aborted) {
      const { events, nextOffset } = await desk.events.read(runId, at, PAGE_BYTES);
      for (let from = 0; from < events.length; from += LINES) {
        const lines = events.slice(from, from + LINES).map(lineOf);
        const isLast = from + LINES >= events.length;
        const id = isLast ? `id: ${nextOffset}\n` : '';
        const frame = `${id}event: lines\ndata: ${JSON.stringify(shown(lines))}\n\n`;
        if (!(await stream.send(frame))) return;
      }
      const isIdle = nextOffset === at;
      at = nextOffset;
      const next = await desk.stamp(runId).catch(() => stamp);
      if (next !== stamp && !(await stream.send('event: record\ndata: {}\n\n'))) return;
      stamp = next;
      if (isIdle) await pause(LOOK_MS.run, signal);
    }
  });
}

type Events = Awaited<ReturnType<BoardDesk['events']['read']>>['events'];

function lineOf({ at, type, story, attempt, turn, text, source }: Events[number]) {
  return {
    at,
    type,
    story: story ?? null,
    attempt: attempt ?? null,
    turn: turn ?? null,
    text: text ?? '',
    source,
  };
}

async function whileOpen(
  { response, hub, mayRead }: LiveStream,
  work: (stream: EventStream, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  hub.requireRoom();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // a reader who takes nothing more, so that a frame never ends, is sent away too
  const leave = (): void => {
    gone.abort();
    response.destroy();
  };
  const stream = await openStream(response, hub);
  const asking = setInterval(() => void mayRead().catch(leave), ASK_AGAIN_MS);
  try {
    if (stream !== undefined) await work(stream, gone.signal);
  } finally {
    clearInterval(asking);
    gone.abort();
    if (!response.writableEnded) response.destroy();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch(() => undefined);
}
