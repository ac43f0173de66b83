import type { PushOutbox, TaskService } from '../client/index.js';
import type { BoardDesk } from '../runs/index.js';
import type { RemoteApi, RemoteServices } from './remote-api.js';

/** Tasks from outside, what posts their updates, and how what is under them stands. */
export interface ServedTasks {
  readonly tasks: TaskService;
  /** Null = nothing posts updates. */
  readonly push: PushOutbox | null;
  /** Absent = no board is served. */
  readonly board?: BoardDesk | undefined;
  /** Whether Temporal answers; never throws. */
  readonly isReachable: () => Promise<boolean>;
  /** Tasks that have not ended. */
  readonly openCount: () => Promise<number>;
}

/** What {@link openRemoteApi} works with. */
export interface ServedServices extends Omit<
  RemoteServices,
  'tasks' | 'push' | 'board' | 'meters' | 'around'
> {
  readonly served: ServedTasks;
}

/**
 * The routes for tasks from outside with their figures, and the deliveries that a service before this one had not begun. The library
 * of the protocol is loaded here: who serves nothing does not hold it in memory.
 */
export async function openRemoteApi({ served, ...services }: ServedServices): Promise<RemoteApi> {
  const [{ createRemoteApi }, { createMeters }] = await Promise.all([
    import('./remote-api.js'),
    import('./runs/health.js'),
  ]);
  const tokens: { book?: RemoteApi['tokens'] } = {};
  const api = createRemoteApi({
    ...services,
    tasks: served.tasks,
    push: served.push,
    board: served.board,
    meters: await createMeters({
      isReady: async () => ({ temporal: await served.isReachable() }),
      openTasks: () => served.openCount(),
      mayRead: async (request) => mayRead(tokens.book, request.get('authorization')),
    }),
  });
  tokens.book = api.tokens;
  served.push?.resume().catch(services.onFault);
  return api;
}

/** Figures are for whoever may read tasks. */
async function mayRead(
  book: RemoteApi['tokens'] | undefined,
  header: string | undefined,
): Promise<boolean> {
  const caller = await book?.callerOf(header).catch(() => undefined);
  return caller?.scopes.includes('tasks:read') === true;
}
