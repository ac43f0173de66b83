import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { OfferStream } from './offer-stream.js';

/** A task of the platform's own. */
export interface ServedTask {
  readonly id: string;
  title: string;
  prompt: string;
  status: string;
  codebase: string;
  agentType: string;
  metadata: Record<string, unknown>;
  capabilities: string[];
  target: string | undefined;
  priority: number;
  model: string | undefined;
  result: string | undefined;
  error: string | undefined;
  sessionId: string | undefined;
  facts: Record<string, unknown>;
}

/** What is done to a request: nothing was done and refused, done and the answer lost, never answered, or answered so. */
export type Fault =
  | 'refuse'
  | 'lose-answer'
  | 'hang'
  | { readonly status: number; readonly body: string };

/** Requests as they came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
}

/** `old` = as codetether 1.4.3, `new` = as the platform of mid-2026: see facts of the protocol in docs/adr/0033-platform-worker.md. */
export type Dialect = 'old' | 'new';

/** A platform on loopback, in memory, over real HTTP and SSE. */
export class PlatformServer {
  readonly dialect: Dialect;
  readonly prefix: string;
  readonly tasks = new Map<string, ServedTask>();
  readonly claims = new Map<string, string>();
  readonly outputs = new Map<string, { output: string; timestamp: string; worker_id: string }[]>();
  /** Every status that was put and every release that was taken, in order. */
  readonly log: {
    readonly kind: 'status' | 'release';
    readonly task: string;
    readonly status: string;
  }[] = [];
  readonly seen: Seen[] = [];
  readonly workers = new Map<string, Record<string, unknown>>();
  readonly unregistered: string[] = [];
  readonly stream = new OfferStream();
  /** Leases of tasks; only the new platform has any. */
  readonly leases = new Map<string, string>();
  token: string | undefined;
  /** Whether a request goes wrong; asked for each. */
  fault: (request: Seen) => Fault | undefined = () => undefined;
  readonly #server: Server;
  #next = 1;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
    this.prefix = dialect === 'old' ? '/v1/opencode' : '/v1/agent';
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    // a platform drops what it gave out to somebody whom it lost sight of
    this.stream.onGone = (worker) => {
      if (dialect === 'new') return;
      for (const [task, holder] of this.claims) if (holder === worker) this.claims.delete(task);
    };
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.stream.closeAll();
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Makes a task and offers it: the new platform does so twice, and differently. */
  addTask(task: Partial<ServedTask> = {}): ServedTask {
    const id = task.id ?? `task-${this.#next}`;
    this.#next += 1;
    const made: ServedTask = {
      title: `Title of ${id}`,
      prompt: `Do ${id}`,
      status: 'pending',
      codebase: 'global',
      agentType: 'build',
      metadata: {},
      capabilities: this.dialect === 'new' ? ['persistent'] : [],
      target: undefined,
      priority: 0,
      model: undefined,
      result: undefined,
      error: undefined,
      sessionId: undefined,
      facts: {},
      ...task,
      id,
    };
    this.tasks.set(id, made);
    this.offer(made);
    return made;
  }

  offer(task: ServedTask): void {
    const brief = {
      id: task.id,
      title: task.title,
      agent_type: task.agentType,
      priority: task.priority,
    };
    if (this.dialect === 'old')
      return this.stream.offer({ ...brief, codebase_id: task.codebase, prompt: task.prompt });
    this.stream.offer({ ...brief, workspace_id: task.codebase, description: task.prompt });
    this.stream.offer({
      ...brief,
      codebase_id: task.codebase,
      metadata: task.metadata,
      model_ref: task.model,
    });
  }

  /** The last status that the platform keeps for a task. */
  statusOf(id: string): string | undefined {
    return this.tasks.get(id)?.status;
  }

  /** Texts of the outputs of a task, in the order in which they came. */
  linesOf(id: string): string[] {
    return (this.outputs.get(id) ?? []).map(({ output }) => output);
  }

  releases(id: string): number {
    return this.log.filter(({ kind, task }) => kind === 'release' && task === id).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await readJson(request);
    const seen: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      body: typeof body === 'object' && body !== null ? { ...body } : {},
      headers: request.headers,
    };
    this.seen.push(seen);
    const fault = this.fault(seen);
    if (fault === 'hang') return;
    if (fault === 'refuse') return answer(response, 503, { detail: 'not now' });
    if (typeof fault === 'object') return void response.writeHead(fault.status).end(fault.body);
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`)
      return answer(response, 401, { detail: 'Missing Bearer token' });
    if (seen.path === '/v1/worker/tasks/stream') return this.#open(url, request, response);
    const [status, reply] = this.#answer(seen, url);
    if (fault === 'lose-answer') return void response.destroy();
    answer(response, status, reply);
  }

  #open(url: URL, request: IncomingMessage, response: ServerResponse): void {
    if (url.searchParams.get('agent_name') === null)
      return answer(response, 400, { detail: 'agent_name is required' });
    const last = request.headers['last-event-id'];
    this.stream.open(response, {
      worker: url.searchParams.get('worker_id') ?? '',
      lastEventId: typeof last === 'string' ? last : undefined,
      hasSequence: this.dialect === 'new',
    });
    for (const task of this.tasks.values())
      if (task.status === 'pending' && !this.claims.has(task.id)) this.offer(task);
  }

  #answer(seen: Seen, url: URL): [number, unknown] {
    const worker = String(seen.headers['x-worker-id'] ?? '');
    const { path, body } = seen;
    if (path === '/v1/worker/tasks/claim') return this.#claim(String(body['task_id']), worker);
    if (path === '/v1/worker/tasks/release') return this.#release(body, worker);
    if (path === '/v1/worker/tasks/heartbeat-extended')
      return this.#lease(String(body['task_id']), worker);
    if (path === '/v1/worker/codebases')
      return this.stream.has(worker)
        ? [200, { success: true }]
        : [404, { detail: 'not connected via SSE?' }];
    if (!path.startsWith(`${this.prefix}/`)) return [404, { detail: 'Not Found' }];
    return this.#agentRoute(
      path
        .slice(this.prefix.length + 1)
        .split('/')
        .map(decodeURIComponent),
      { seen, url },
    );
  }

  #agentRoute(
    [noun = '', id = '', verb = '']: string[],
    { seen, url }: { seen: Seen; url: URL },
  ): [number, unknown] {
    if (noun === 'workers') return this.#worker(id, verb, seen.body);
    if (noun === (this.dialect === 'old' ? 'codebases' : 'workspaces') && seen.method === 'POST')
      return [
        200,
        { success: true, [noun.slice(0, -1)]: { id: `id-of-${String(seen.body['name'])}` } },
      ];
    if (noun !== 'tasks') return [404, { detail: 'Not Found' }];
    return id === '' ? [200, this.#list(url)] : this.#taskRoute(id, verb, seen);
  }

  #taskRoute(id: string, verb: string, seen: Seen): [number, unknown] {
    const task = this.tasks.get(id);
    if (verb === 'output') return this.#output(id, seen);
    if (task === undefined) return [404, { detail: 'Task not found' }];
    return verb === 'status' ? this.#status(task, seen.body) : [200, this.#shown(task)];
  }

  #worker(id: string, verb: string, body: Record<string, unknown>): [number, unknown] {
    if (id === 'register') {
      this.workers.set(String(body['worker_id']), body);
      return [200, { success: true, worker: body }];
    }
    const isKnown = this.workers.has(id);
    if (verb === 'unregister') {
      this.workers.delete(id);
      this.unregistered.push(id);
    }
    return [isKnown || verb === 'unregister' ? 200 : 404, { success: isKnown }];
  }

  #list(url: URL): unknown {
    const status = url.searchParams.get('status');
    const tasks = [...this.tasks.values()].filter(
      (task) => status === null || task.status === status,
    );
    const shown = tasks.map((task) => this.#shown(task));
    return this.dialect === 'old' ? shown : { tasks: shown };
  }

  #shown(task: ServedTask): unknown {
    const { id, title, prompt, status, metadata, priority, result, error } = task;
    const common = {
      id,
      title,
      prompt,
      status,
      metadata,
      priority,
      result,
      error,
      agent_type: task.agentType,
    };
    if (this.dialect === 'old') return { ...common, codebase_id: task.codebase, model: task.model };
    return {
      ...common,
      workspace_id: task.codebase,
      model_ref: task.model,
      required_capabilities: task.capabilities,
      target_agent_name: task.target,
      worker_id: this.claims.get(id),
    };
  }

  #claim(id: string, worker: string): [number, unknown] {
    const holder = this.claims.get(id);
    if (holder === worker && worker !== '')
      return [200, { success: true, task_id: id, worker_id: worker }];
    const task = this.tasks.get(id);
    const held = this.workers.get(worker)?.['capabilities'];
    const abilities = Array.isArray(held) ? held : [];
    const isEligible =
      task !== undefined && task.capabilities.every((each) => abilities.includes(each));
    if (holder !== undefined || !this.stream.has(worker) || !isEligible)
      return [409, { detail: 'taken or not eligible' }];
    this.claims.set(id, worker);
    if (this.dialect === 'old') return [200, { success: true, task_id: id, worker_id: worker }];
    this.leases.set(id, worker);
    return [
      200,
      {
        success: true,
        task_id: id,
        worker_id: worker,
        run_id: `run-${id}`,
        task_timeout_seconds: 1200,
      },
    ];
  }

  #release(body: Record<string, unknown>, worker: string): [number, unknown] {
    const id = String(body['task_id']);
    const task = this.tasks.get(id);
    if (this.claims.get(id) !== worker || task === undefined)
      return [404, { detail: 'not claimed by worker' }];
    this.claims.delete(id);
    this.leases.delete(id);
    this.log.push({ kind: 'release', task: id, status: String(body['status']) });
    // 1.4.3 forgets what a release says of the task
    if (this.dialect === 'new') task.status = String(body['status']);
    return [200, { success: true }];
  }

  #lease(id: string, worker: string): [number, unknown] {
    if (this.dialect === 'old') return [404, { detail: 'Not Found' }];
    return this.leases.get(id) === worker ? [200, { success: true }] : [409, { detail: 'stale' }];
  }

  #output(id: string, { method, body }: Seen): [number, unknown] {
    const outputs = this.outputs.get(id) ?? [];
    if (method === 'GET') return [200, { task_id: id, outputs, total: outputs.length }];
    outputs.push({
      output: String(body['output']),
      timestamp: String(body['timestamp']),
      worker_id: String(body['worker_id']),
    });
    this.outputs.set(id, outputs.slice(-1000));
    return [200, { success: true }];
  }

  #status(task: ServedTask, body: Record<string, unknown>): [number, unknown] {
    const { status, result, error, session_id: session, ...facts } = body;
    if (!STATUSES.includes(String(status)))
      return [400, { detail: `Invalid status: ${String(status)}` }];
    task.status = String(status);
    if (typeof result === 'string') task.result = result;
    if (typeof error === 'string') task.error = error;
    if (typeof session === 'string') task.sessionId = session;
    task.facts = facts;
    this.log.push({ kind: 'status', task: task.id, status: task.status });
    return [200, { success: true }];
  }
}

const STATUSES = ['pending', 'queued', 'assigned', 'running', 'completed', 'failed', 'cancelled'];

/** A platform that ends with the running test. */
export async function platformServer(dialect: Dialect = 'new'): Promise<PlatformServer> {
  const server = new PlatformServer(dialect);
  await server.start();
  onTestFinished(() => server.stop());
  return server;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array));
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}
