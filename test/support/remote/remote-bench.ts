import { request as httpRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { listenOn } from '../../../src/api/listen.js';
import { createRemoteApi, type RemoteServices } from '../../../src/api/remote-api.js';
import { type ServeSettings, serveSettingsSchema } from '../../../src/config/index.js';
import type { AccessToken, TokenScope } from '../../../src/domain/index.js';
import { ALL_SCOPES } from '../../../src/domain/index.js';
import { tokenDigest } from '../../../src/keys/access-tokens.js';
import { FakePush } from './fake-push.js';
import { type FakeAgent, FakeTasks } from './fake-tasks.js';

/** A stored token whose text is known. */
export function storedToken(
  name: string,
  token: string,
  scopes: readonly TokenScope[] = ALL_SCOPES,
): AccessToken {
  return {
    name,
    digest: tokenDigest(token),
    scopes: [...scopes],
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

/** A served API over tasks in memory. */
export interface RemoteBench {
  readonly tasks: FakeTasks;
  readonly push: FakePush;
  readonly api: ReturnType<typeof createRemoteApi>;
  readonly port: number;
  readonly url: string;
  readonly audited: Readonly<Record<string, unknown>>[];
  readonly faults: unknown[];
  close(): Promise<void>;
  /** JSON-RPC of v1, unless other headers say otherwise. */
  readonly rpc: (
    method: string,
    params?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<RpcAnswer>;
  readonly rest: (path: string, init?: RestInit) => Promise<Response>;
}

/** A request of the REST binding; headers as an object. */
export interface RestInit {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A task as it travels, as far as tests look at it. */
export interface WireTask {
  readonly id: string;
  readonly contextId: string;
  readonly kind: string;
  readonly status: {
    readonly state: string;
    readonly message: { readonly parts: readonly { readonly text: string }[] };
  };
  readonly artifacts: readonly { readonly parts: readonly { readonly url: string }[] }[];
  readonly history?: readonly { readonly parts: readonly { readonly text: string }[] }[];
}

/** A result of any method, as far as tests look at it. */
export interface WireResult extends WireTask {
  readonly task: WireTask;
  readonly tasks: readonly WireTask[];
  readonly totalSize: number;
  readonly configs: readonly object[];
}

/** An error of JSON-RPC. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data: readonly { readonly reason: string }[];
}

/** One answer of JSON-RPC. */
export interface RpcAnswer {
  readonly status: number;
  /** What tests look into: whichever of the two there is. */
  readonly body: { readonly error: WireError; readonly result: WireResult };
}

/** Serves the API on a free port of this machine until the test has ended. */
export async function remoteBench({
  agent,
  tokens = [],
  settings = {},
  ...more
}: {
  readonly agent?: FakeAgent;
  readonly tokens?: readonly AccessToken[];
  readonly settings?: Partial<ServeSettings>;
} & Partial<
  Pick<RemoteServices, 'around' | 'readTokens' | 'push' | 'board'>
> = {}): Promise<RemoteBench> {
  const bench = await startRemote({ agent, tokens, settings, ...more });
  onTestFinished(() => bench.close());
  return bench;
}

/** The same without a test around it. */
export async function startRemote({
  agent,
  tokens = [],
  settings = {},
  port = 0,
  pushes = (all) => new FakePush(all),
  ...more
}: {
  readonly agent?: FakeAgent | undefined;
  readonly tokens?: readonly AccessToken[];
  readonly settings?: Partial<ServeSettings>;
  readonly port?: number;
  readonly pushes?: (tasks: FakeTasks) => FakePush;
} & Partial<
  Pick<RemoteServices, 'around' | 'readTokens' | 'push' | 'board'>
> = {}): Promise<RemoteBench> {
  const tasks = new FakeTasks(agent);
  const push = pushes(tasks);
  const audited: RemoteBench['audited'] = [];
  const faults: unknown[] = [];
  const known = serveSettingsSchema.parse(settings);
  const api = createRemoteApi({
    tasks,
    push,
    readTokens: () => Promise.resolve(tokens),
    settings: known,
    version: '1.2.3',
    audit: (entry) => void audited.push(entry),
    onFault: (error) => void faults.push(error),
    ...more,
  });
  const health = () => Promise.resolve({ version: '1.2.3', uptimeS: 1, isTemporalReachable: true });
  const app = createApp({ health, remote: api });
  const server = await listenOn(app, {
    hostname: known.hostname,
    port,
    headerTimeoutMs: known.headerTimeoutMs,
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    tasks,
    push,
    api,
    port: server.port,
    url,
    audited,
    faults,
    async close() {
      api.close();
      await server.close();
    },
    async rpc(method, params = {}, headers = { 'A2A-Version': '1.0' }) {
      const response = await fetch(`${url}/a2a`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      });
      return { status: response.status, body: (await response.json()) as RpcAnswer['body'] };
    },
    rest: (path, init = {}) =>
      fetch(`${url}/a2a/v1${path}`, {
        ...init,
        headers: { 'A2A-Version': '1.0', 'content-type': 'application/a2a+json', ...init.headers },
      }),
  };
}

/** A message of v1 with one text. */
export function said(text: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    messageId: `m-${Math.random().toString(36).slice(2)}`,
    role: 'ROLE_USER',
    parts: [{ text }],
    ...more,
  };
}

/** A request with whatever head, as browsers and attackers send it; `target` is a path, or a method and a path. */
export function raw(
  bench: RemoteBench,
  target: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const [path = '', method = 'GET'] = target.split(' ').toReversed();
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port: bench.port, path, method, headers, setHost: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
