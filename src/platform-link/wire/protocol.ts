import { InfrastructureError, InvalidInputError } from '../../domain/index.js';
import {
  LEASE_SECONDS,
  PREFIXES,
  type LinkOptions,
  type OfferedWorkspace,
  type PlatformIdentity,
  type Prefix,
} from '../link-options.js';
import { detailOf, type PlatformHttp, type PlatformRequest, type Reply } from './http.js';
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
  | { readonly kind: 'claimed' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What is posted of a task's progress. */
export interface OutputLine {
  readonly text: string;
  /** ISO 8601; with the text it is what makes the line the same line. */
  readonly at: string;
}

/** The worker's side of the platform's protocol; every call throws as `PlatformHttp.request` does. */
export class PlatformProtocol {
  readonly #http: PlatformHttp;
  readonly #identity: PlatformIdentity;
  readonly #options: LinkOptions;
  /** The one that answered last. */
  #prefix: Prefix;

  constructor(http: PlatformHttp, identity: PlatformIdentity, options: LinkOptions) {
    this.#http = http;
    this.#identity = identity;
    this.#options = options;
    this.#prefix = options.prefix ?? PREFIXES[0];
  }

  /** Registers the worker, by the prefix that answers. Throws `ERR_PLATFORM_PROTOCOL` when none does. */
  async register(signal: AbortSignal): Promise<void> {
    const { prefix } = this.#options;
    const wanted = new Set(prefix === undefined ? [this.#prefix, ...PREFIXES] : [prefix]);
    const body = registration(this.#identity.workerId, this.#options);
    for (const candidate of wanted) {
      const reply = await this.#send('POST', `${candidate}/workers/register`, { body, signal });
      if (reply.status === 404 || reply.status === 405) continue;
      requireDone(reply, 'registering the worker');
      this.#prefix = candidate;
      return;
    }
    throw new InvalidInputError('ERR_PLATFORM_PROTOCOL', {
      message: `no CodeTether platform answers at ${this.#identity.server}: ${[...wanted].join(' and ')} are not there`,
      where: { field: '--server' },
      hint: 'check the address; a path in front of /v1 belongs to it',
    });
  }

  /** Makes codebases of the workspaces and gives the names of the workspaces by the platform's ids. */
  async shareWorkspaces(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const workspace of this.#options.workspaces)
      names.set((await this.#share(workspace, signal)) ?? workspace.name, workspace.name);
    return names;
  }

  /** Makes a codebase of a workspace; its id, or undefined where the platform keeps none. */
  async #share({ name, path }: OfferedWorkspace, signal: AbortSignal): Promise<string | undefined> {
    if (path === undefined) return undefined;
    const wanted = { name, path, worker_id: this.#identity.workerId };
    for (const noun of ['workspace', 'codebase'] as const) {
      const { status, body } = await this.#send('POST', `${this.#prefix}/${noun}s`, {
        body: wanted,
        signal,
      });
      if (status >= 400 || !isRecord(body)) continue;
      const made = isRecord(body[noun]) ? body[noun] : body;
      const id = made['id'] ?? made[`${noun}_id`];
      if (typeof id === 'string' && id.length > 0 && id.length <= 256) return id;
    }
    return undefined;
  }

  /** Says which codebases are ours; false when the platform does not see our stream. */
  async announce(codebases: readonly string[], signal: AbortSignal): Promise<boolean> {
    const body = {
      codebases,
      workspaces: codebases,
      worker_id: this.#identity.workerId,
      agent_name: this.#options.name,
    };
    const { status } = await this.#send('PUT', '/v1/worker/codebases', { body, signal });
    return status !== 404;
  }

  /** False when the platform does not know the worker (any more). */
  async heartbeat(activeTasks: number, signal: AbortSignal): Promise<boolean> {
    const body = {
      worker_id: this.#identity.workerId,
      agent_name: this.#options.name,
      status: activeTasks > 0 ? 'processing' : 'idle',
      active_task_count: activeTasks,
      sub_agents: [],
    };
    const { status } = await this.#send('POST', this.#ownPath('heartbeat'), { body, signal });
    return status !== 404;
  }

  /** Says that the worker is gone. */
  async unregister(signal: AbortSignal): Promise<void> {
    await this.#send('POST', this.#ownPath('unregister'), { body: {}, signal });
  }

  /** Opens the stream of offers; `lastEventId` = go on behind it. */
  stream(
    wanted: { readonly codebases: readonly string[]; readonly lastEventId: string | undefined },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const query = new URLSearchParams({
      agent_name: this.#options.name,
      worker_id: this.#identity.workerId,
    }).toString();
    const headers = streamHeaders(this.#options, wanted);
    return this.#http.open({ path: `/v1/worker/tasks/stream?${query}`, headers, signal });
  }

  /** Tasks that wait for a worker, also for others than us. */
  async pending(signal: AbortSignal): Promise<readonly PlatformTask[]> {
    const { body } = await this.#send('GET', `${this.#prefix}/tasks?status=pending`, { signal });
    return readTasks(body).filter(({ status }) => status === '' || status === 'pending');
  }

  /** Undefined when the platform knows no such task. */
  async task(id: string, signal: AbortSignal): Promise<PlatformTask | undefined> {
    const { status, body } = await this.#send('GET', this.#taskPath(id), { signal });
    const task = status === 200 ? readTask(body) : undefined;
    return task?.id === id ? task : undefined;
  }

  /** The same worker may claim what it holds again. */
  async claim(id: string, signal: AbortSignal): Promise<Claim> {
    const path = '/v1/worker/tasks/claim';
    const { status, body } = await this.#send('POST', path, { body: { task_id: id }, signal });
    if (status !== 200) return { kind: 'refused', reason: `status ${status}${detailOf(body)}` };
    return { kind: 'claimed' };
  }

  /** Shows one line of what happens. */
  async output(id: string, { text, at }: OutputLine, signal: AbortSignal): Promise<void> {
    const body = { worker_id: this.#identity.workerId, output: text, timestamp: at };
    await this.#send('POST', this.#taskPath(id, '/output'), { body, signal });
  }

  /** True when the platform shows this very line of this worker. */
  async hasOutput(id: string, { text, at }: OutputLine, signal: AbortSignal): Promise<boolean> {
    const { body } = await this.#send('GET', this.#taskPath(id, '/output'), { signal });
    const outputs: unknown = isRecord(body) ? body['outputs'] : undefined;
    if (!Array.isArray(outputs)) return false;
    return outputs.some(
      (output: unknown) =>
        isRecord(output) &&
        output['output'] === text &&
        output['timestamp'] === at &&
        output['worker_id'] === this.#identity.workerId,
    );
  }

  /** False when the platform does not take it: no such task, or not ours. */
  running(id: string, sessionId: string | undefined, signal: AbortSignal): Promise<boolean> {
    return this.#tell(id, { status: 'running', session_id: sessionId }, signal);
  }

  /** {@link running} for the end of a task. */
  ended(id: string, end: TaskEnd, signal: AbortSignal): Promise<boolean> {
    const { status, sessionId, result, error, facts } = end;
    return this.#tell(id, { ...facts, status, session_id: sessionId, result, error }, signal);
  }

  async #tell(id: string, status: object, signal: AbortSignal): Promise<boolean> {
    const body = { ...status, worker_id: this.#identity.workerId };
    return (await this.#send('PUT', this.#taskPath(id, '/status'), { body, signal })).status < 400;
  }

  /** False when the platform says that we do not hold the task. */
  async release(id: string, end: TaskEnd, signal: AbortSignal): Promise<boolean> {
    const { status, sessionId, result, error, facts } = end;
    const body = { task_id: id, status, result, error, session_id: sessionId, diagnostics: facts };
    return (await this.#send('POST', '/v1/worker/tasks/release', { body, signal })).status < 400;
  }

  /** `absent` = there are no leases here; `stale` = it is somebody else's, or nobody's. */
  async extendLease(
    id: string,
    progress: { readonly cursor: number; readonly text: string },
    signal: AbortSignal,
  ): Promise<'extended' | 'absent' | 'stale'> {
    const { cursor, text } = progress;
    const body = {
      task_id: id,
      worker_id: this.#identity.workerId,
      status_message: text,
      checkpoint: { cursor },
      checkpoint_seq: cursor,
      lease_extension_seconds: LEASE_SECONDS,
    };
    const path = '/v1/worker/tasks/heartbeat-extended';
    const { status } = await this.#send('POST', path, { body, signal });
    if (status === 409) return 'stale';
    return status < 400 ? 'extended' : 'absent';
  }

  #taskPath(id: string, rest = ''): string {
    return `${this.#prefix}/tasks/${encodeURIComponent(id)}${rest}`;
  }

  #ownPath(rest: string): string {
    return `${this.#prefix}/workers/${encodeURIComponent(this.#identity.workerId)}/${rest}`;
  }

  #send(
    method: PlatformRequest['method'],
    path: string,
    rest: { readonly body?: unknown; readonly signal: AbortSignal },
  ): Promise<Reply> {
    return this.#http.request({ method, path, ...rest });
  }
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
  wanted: { readonly codebases: readonly string[]; readonly lastEventId: string | undefined },
): Record<string, string> {
  const { codebases, lastEventId } = wanted;
  return {
    'x-agent-name': headerText(name),
    'x-capabilities': capabilities.join(','),
    'x-codebases': headerText(codebases.join(',')),
    'x-workspaces': headerText(codebases.join(',')),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
}

function requireDone({ status, body }: Reply, what: string): void {
  if (status < 400) return;
  throw new InfrastructureError('ERR_PLATFORM_UNREACHABLE', {
    message: `${what} failed: the platform answered with status ${status}${detailOf(body)}`,
    hint: 'check that the platform and this version fit together',
  });
}

/** What a header can carry: other characters are left out there, and stand in the query or the body. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '');
}
