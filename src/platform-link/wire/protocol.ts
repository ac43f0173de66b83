import { InfrastructureError, InvalidInputError } from '../../domain/index.js';
import {
  LEASE_SECONDS,
  PREFIXES,
  type LinkOptions,
  type PlatformIdentity,
  type Prefix,
} from '../link-options.js';
import { detailOf, type PlatformHttp, type Reply } from './http.js';
import { isRecord, readTask, readTasks, type PlatformTask } from './platform-task.js';

/** What a platform keeps as the end of a task. */
export interface TaskEnd {
  readonly status: 'completed' | 'failed' | 'cancelled';
  readonly sessionId: string | undefined;
  readonly result: string | undefined;
  readonly error: string | undefined;
  /** Further facts for platforms that read them: verdict, branch, commit. */
  readonly facts: Readonly<Record<string, string>>;
}

/** How a claim ended. */
export type Claim =
  | {
      readonly kind: 'claimed';
      /** Undefined = the platform names none. */
      readonly timeoutS: number | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** The worker's side of the platform's protocol; every call throws as `PlatformHttp.request` does. */
export interface PlatformProtocol {
  /** Registers the worker, by the prefix that answers. Throws `ERR_PLATFORM_PROTOCOL` when none does. */
  register(signal: AbortSignal): Promise<void>;
  /** Makes codebases of the workspaces and gives their ids, by the name of the workspace. */
  shareWorkspaces(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Says which codebases are ours; false when the platform does not see our stream. */
  announce(codebases: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** False when the platform does not know the worker (any more). */
  heartbeat(activeTasks: number, signal: AbortSignal): Promise<boolean>;
  unregister(signal: AbortSignal): Promise<void>;
  stream(
    wanted: { readonly codebases: readonly string[]; readonly lastEventId: string | undefined },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  pending(signal: AbortSignal): Promise<readonly PlatformTask[]>;
  /** Undefined when the platform knows no such task. */
  task(id: string, signal: AbortSignal): Promise<PlatformTask | undefined>;
  /** The same worker may claim what it holds again. */
  claim(id: string, signal: AbortSignal): Promise<Claim>;
  output(id: string, line: OutputLine, signal: AbortSignal): Promise<void>;
  /** True when the platform shows this very output of this worker. */
  hasOutput(id: string, line: OutputLine, signal: AbortSignal): Promise<boolean>;
  /** False when the platform does not take it: no such task, or not ours. */
  running(id: string, sessionId: string | undefined, signal: AbortSignal): Promise<boolean>;
  ended(id: string, end: TaskEnd, signal: AbortSignal): Promise<boolean>;
  /** False when the platform says that we do not hold the task. */
  release(id: string, end: TaskEnd, signal: AbortSignal): Promise<boolean>;
  /** `absent` = there are no leases here; `stale` = it is somebody else's, or nobody's. */
  extendLease(
    id: string,
    progress: { readonly cursor: number; readonly text: string },
    signal: AbortSignal,
  ): Promise<'extended' | 'absent' | 'stale'>;
}

/** What is posted of a task's progress. */
export interface OutputLine {
  readonly text: string;
  /** ISO 8601; with the text it is what makes the line the same line. */
  readonly at: string;
}

/** See {@link PlatformProtocol}. */
export function createProtocol(
  http: PlatformHttp,
  identity: PlatformIdentity,
  options: LinkOptions,
): PlatformProtocol {
  const { workerId } = identity;
  let prefix: Prefix = options.prefix ?? PREFIXES[0];
  const task = (id: string, rest = ''): string =>
    `${prefix}/tasks/${encodeURIComponent(id)}${rest}`;
  const ask = (path: string, signal: AbortSignal): Promise<Reply> =>
    http.request({ method: 'GET', path, signal });
  const post = (path: string, body: unknown, signal: AbortSignal): Promise<Reply> =>
    http.request({ method: 'POST', path, body, signal });
  const put = (path: string, body: unknown, signal: AbortSignal): Promise<Reply> =>
    http.request({ method: 'PUT', path, body, signal });
  return {
    async register(signal) {
      const wanted = options.prefix === undefined ? [prefix, ...PREFIXES] : [options.prefix];
      for (const candidate of new Set(wanted)) {
        const reply = await post(
          `${candidate}/workers/register`,
          registration(workerId, options),
          signal,
        );
        if (reply.status === 404 || reply.status === 405) continue;
        requireDone(reply, 'registering the worker');
        prefix = candidate;
        return;
      }
      throw new InvalidInputError('ERR_PLATFORM_PROTOCOL', {
        message: `no CodeTether platform answers at ${identity.server}: neither ${[...new Set(wanted)].join(' nor ')} is there`,
        where: { field: '--server' },
        hint: 'check the address; a path in front of /v1 belongs to it',
      });
    },
    shareWorkspaces: async (signal) => {
      const ids = new Map<string, string>();
      for (const { name, path } of options.workspaces) {
        const id = await share(prefix, { name, path, workerId }, (at, body) =>
          post(at, body, signal),
        );
        ids.set(id ?? name, name);
      }
      return ids;
    },
    async announce(codebases, signal) {
      const body = {
        codebases,
        workspaces: codebases,
        worker_id: workerId,
        agent_name: options.name,
      };
      return (await put('/v1/worker/codebases', body, signal)).status !== 404;
    },
    async heartbeat(activeTasks, signal) {
      const body = {
        worker_id: workerId,
        agent_name: options.name,
        status: activeTasks > 0 ? 'processing' : 'idle',
        active_task_count: activeTasks,
        sub_agents: [],
      };
      return (
        (await post(`${prefix}/workers/${encodeURIComponent(workerId)}/heartbeat`, body, signal))
          .status !== 404
      );
    },
    async unregister(signal) {
      await post(`${prefix}/workers/${encodeURIComponent(workerId)}/unregister`, {}, signal);
    },
    stream: ({ codebases, lastEventId }, signal) =>
      http.open({
        path: `/v1/worker/tasks/stream?${new URLSearchParams({ agent_name: options.name, worker_id: workerId })}`,
        headers: streamHeaders(options, codebases, lastEventId),
        signal,
      }),
    async pending(signal) {
      const reply = await ask(`${prefix}/tasks?status=pending`, signal);
      return readTasks(reply.body).filter(({ status }) => status === '' || status === 'pending');
    },
    async task(id, signal) {
      const reply = await ask(task(id), signal);
      return reply.status === 200 ? readTask(reply.body) : undefined;
    },
    async claim(id, signal) {
      const { status, body } = await post('/v1/worker/tasks/claim', { task_id: id }, signal);
      if (status !== 200) return { kind: 'refused', reason: `status ${status}${detailOf(body)}` };
      const timeoutS = isRecord(body) ? body['task_timeout_seconds'] : undefined;
      const isTime = typeof timeoutS === 'number' && Number.isInteger(timeoutS) && timeoutS > 0;
      return { kind: 'claimed', timeoutS: isTime ? timeoutS : undefined };
    },
    async output(id, { text, at }, signal) {
      await post(task(id, '/output'), { worker_id: workerId, output: text, timestamp: at }, signal);
    },
    async hasOutput(id, { text, at }, signal) {
      const { body } = await ask(task(id, '/output'), signal);
      const outputs = isRecord(body) && Array.isArray(body['outputs']) ? body['outputs'] : [];
      return outputs.some(
        (output: unknown) =>
          isRecord(output) &&
          output['output'] === text &&
          output['timestamp'] === at &&
          output['worker_id'] === workerId,
      );
    },
    async running(id, sessionId, signal) {
      const body = { status: 'running', worker_id: workerId, session_id: sessionId };
      return (await put(task(id, '/status'), body, signal)).status < 400;
    },
    async ended(id, end, signal) {
      const { status, sessionId, result, error, facts } = end;
      const body = { status, worker_id: workerId, session_id: sessionId, result, error, ...facts };
      return (await put(task(id, '/status'), body, signal)).status < 400;
    },
    async release(id, end, signal) {
      const { status, sessionId, result, error, facts } = end;
      const body = {
        task_id: id,
        status,
        result,
        error,
        session_id: sessionId,
        diagnostics: facts,
      };
      return (await post('/v1/worker/tasks/release', body, signal)).status < 400;
    },
    async extendLease(id, { cursor, text }, signal) {
      const body = {
        task_id: id,
        worker_id: workerId,
        status_message: text,
        checkpoint: { cursor },
        checkpoint_seq: cursor,
        lease_extension_seconds: LEASE_SECONDS,
      };
      const { status } = await post('/v1/worker/tasks/heartbeat-extended', body, signal);
      if (status === 409) return 'stale';
      return status < 400 ? 'extended' : 'absent';
    },
  };
}

/** Both generations of names: what a server does not know it passes over. */
function registration(workerId: string, options: LinkOptions): unknown {
  const names = options.workspaces.map(({ name }) => name);
  return {
    worker_id: workerId,
    name: options.name,
    capabilities: options.capabilities,
    hostname: options.hostname,
    models: options.models.map((id) => {
      const provider = id.slice(0, id.indexOf('/'));
      return { id, name: id.slice(provider.length + 1), provider, provider_id: provider };
    }),
    codebases: names,
    workspaces: names,
    agents: [],
    ...(options.email === undefined ? {} : { email: options.email }),
    ...(options.pushUrl === undefined ? {} : { push_url: options.pushUrl }),
  };
}

function streamHeaders(
  { name, capabilities }: LinkOptions,
  codebases: readonly string[],
  lastEventId: string | undefined,
): Record<string, string> {
  return {
    'x-agent-name': name,
    'x-capabilities': capabilities.join(','),
    'x-codebases': codebases.join(','),
    'x-workspaces': codebases.join(','),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
}

/** Makes a codebase of a workspace; its id, or undefined where the platform keeps none. */
async function share(
  prefix: Prefix,
  { name, path, workerId }: { name: string; path: string | undefined; workerId: string },
  post: (path: string, body: unknown) => Promise<Reply>,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  for (const noun of ['workspace', 'codebase'] as const) {
    const { status, body } = await post(`${prefix}/${noun}s`, { name, path, worker_id: workerId });
    if (status >= 400 || !isRecord(body)) continue;
    const made = isRecord(body[noun]) ? body[noun] : body;
    const id = made['id'] ?? made[`${noun}_id`];
    if (typeof id === 'string' && id.length > 0 && id.length <= 256) return id;
  }
  return undefined;
}

function requireDone({ status, body }: Reply, what: string): void {
  if (status < 400) return;
  throw new InfrastructureError('ERR_PLATFORM_UNREACHABLE', {
    message: `${what} failed: the platform answered with status ${status}${detailOf(body)}`,
    hint: 'check that the platform and this version fit together',
  });
}
