import { LRUCache } from 'lru-cache';
import {
  beginFold,
  foldEvent,
  InvalidInputError,
  isTerminal,
  taskOptions,
  viewOf,
  type TaskFold,
  type TaskRequest,
  type TaskUpdate,
  type TaskView,
} from '../../domain/index.js';
import type { EventPort, TaskPort } from '../ports.js';
import type { TaskCaller } from './task-service.js';

/** What is read of tasks: their files and their events. */
export interface TaskReaderOptions {
  readonly tasks: TaskPort;
  readonly events: EventPort;
}

/** Open tasks of which the end of the log is remembered, so that only what is new is read. */
const REMEMBERED = 1_000;
const REMEMBERED_REQUESTS = 5_000;
/** Requests above this many characters are read again each time. */
const SMALL_REQUEST = 16_384;

interface ReadSoFar {
  readonly fold: TaskFold;
  readonly offset: number;
}

type Standing = Pick<TaskView, 'state' | 'at'>;

/** Reads tasks; remembers what cannot change. */
export class TaskReader {
  private readonly options: TaskReaderOptions;
  private readonly folds = new LRUCache<string, ReadSoFar>({ max: REMEMBERED });
  private readonly requests = new LRUCache<string, TaskRequest>({ max: REMEMBERED_REQUESTS });
  private readonly ends = new LRUCache<string, Standing>({ max: REMEMBERED_REQUESTS });

  constructor(options: TaskReaderOptions) {
    this.options = options;
  }

  /** The request, for its owner only. Throws `ERR_TASK_NOT_FOUND`, also where it is somebody else's. */
  async request(caller: TaskCaller, taskId: string): Promise<TaskRequest> {
    const request = await this.findRequest(taskId);
    if (request !== undefined && request.owner === caller.name) return request;
    throw new InvalidInputError('ERR_TASK_NOT_FOUND', {
      message: 'there is no such task',
      where: { field: 'taskId' },
      hint: 'list the tasks to see their ids',
    });
  }

  async findRequest(taskId: string): Promise<TaskRequest | undefined> {
    const known = this.requests.get(taskId);
    if (known !== undefined) return known;
    const request = await this.options.tasks.readRequest(taskId);
    if (request !== undefined && JSON.stringify(request.message).length < SMALL_REQUEST)
      this.requests.set(taskId, request);
    return request;
  }

  /** The task as it stands: of an ended one what was kept, of an open one what its events say. */
  async view(request: TaskRequest): Promise<TaskView> {
    const ended = await this.options.tasks.readEnd(request.taskId);
    if (ended !== undefined) return { options: taskOptions(request), ...ended };
    return viewOf(request, await this.fold(request));
  }

  /** Where the task stands, and since when; of an ended one without its files, once it is known. */
  async standing(request: TaskRequest): Promise<Standing> {
    const known = this.ends.get(request.taskId);
    if (known !== undefined) return known;
    const { state, at } = await this.view(request);
    if (isTerminal(state)) this.ends.set(request.taskId, { state, at });
    return { state, at };
  }

  private async fold(request: TaskRequest): Promise<TaskFold> {
    const { taskId } = request;
    const { fold, offset } = this.folds.get(taskId) ?? { fold: beginFold(request), offset: 0 };
    const page = await this.options.events.read(taskId, offset);
    const next = page.events.reduce<TaskFold>((last, event) => foldEvent(last, event).fold, fold);
    this.folds.set(taskId, { fold: next, offset: page.nextOffset });
    return next;
  }

  /**
   * Updates of the log as they come, from the first; ends with the terminal one, when `isOver` says at a quiet moment that none will come,
   * or when `signal` aborts.
   */
  async *updates(
    request: TaskRequest,
    signal: AbortSignal,
    isOver: () => Promise<boolean> = () => Promise.resolve(false),
  ): AsyncGenerator<TaskUpdate> {
    let fold = beginFold(request);
    let offset = 0;
    let isQuiet = false;
    while (!signal.aborted) {
      // listened for before it is read, or what comes between the two is heard late
      const isRead = new AbortController();
      const change = this.options.tasks.nextChange(
        request.taskId,
        AbortSignal.any([signal, isRead.signal]),
      );
      const page = await this.options.events.read(request.taskId, offset);
      offset = page.nextOffset;
      if (page.events.length === 0) {
        // asked only where a wait has brought nothing, not before each event
        if (isQuiet && (await isOver())) return isRead.abort();
        await change;
      }
      isQuiet = page.events.length === 0;
      isRead.abort();
      for (const event of page.events) {
        const next = foldEvent(fold, event);
        fold = next.fold;
        if (next.update !== undefined) yield next.update;
        if (isTerminal(fold.state)) return;
      }
    }
  }

  /** True when the log tells of the end. */
  async hasEnded(request: TaskRequest): Promise<boolean> {
    return isTerminal((await this.fold(request)).state);
  }

  /** Number of the newest event of the log; 0 = the log is not there. */
  async head(request: TaskRequest): Promise<number> {
    return (await this.fold(request)).count;
  }
}
