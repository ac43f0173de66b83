import type { RequestHandler } from 'express';
import { CodetetherError } from '../domain/index.js';
import type { RemoteApi } from './remote-api.js';

/** Routes that are opened when somebody asks. */
export interface LazyRemote {
  readonly router: RequestHandler;
  /** Opens them now; never throws. For what has to go on although nobody asks. */
  wake(): void;
  /** Ends the streams, where there are any. */
  close(): void;
}

const RETRY_AFTER_S = 2;

/**
 * The routes for tasks from outside, opened with the first request that reaches them. While that fails the answer is 503, and the
 * next request tries again.
 */
export function lazyRemote(
  open: () => Promise<Pick<RemoteApi, 'router' | 'close'>>,
  onFault: (error: unknown) => void,
): LazyRemote {
  let opened: Pick<RemoteApi, 'router' | 'close'> | undefined;
  let opening: Promise<Pick<RemoteApi, 'router' | 'close'>> | undefined;
  let isClosed = false;
  const openOnce = async (): Promise<Pick<RemoteApi, 'router' | 'close'>> => {
    if (opened !== undefined) return opened;
    opening ??= open().finally(() => (opening = undefined));
    opened = await opening;
    if (isClosed) opened.close();
    return opened;
  };
  return {
    router: (request, response, next) => {
      openOnce().then(
        ({ router }) => router(request, response, next),
        (error: unknown) => {
          onFault(error);
          const isOurs = error instanceof CodetetherError;
          response
            .status(503)
            .set('Retry-After', String(RETRY_AFTER_S))
            .json({
              error: {
                code: isOurs ? error.code : 'ERR_TASKS_UNREACHABLE',
                message: isOurs ? error.message : 'tasks cannot be reached at the moment',
              },
            });
        },
      );
    },
    wake: () => {
      openOnce().catch(onFault);
    },
    close: () => {
      isClosed = true;
      opened?.close();
    },
  };
}
