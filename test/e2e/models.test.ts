import { readFileSync, writeFileSync } from 'node:fs';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startConnectProxy, type ConnectProxy } from '../support/connect-proxy.js';
import { RalphProject, type RunDocument } from '../support/ralph-project.js';
import { startRawServer, type RawServer } from '../support/raw-model-server.js';
import { runCommand } from '../support/service-home.js';

const KEY = 'key-from-vault';

let mock: LLMock;
let vault: RawServer;
let gone: RawServer;
let trap: RawServer;
let proxy: ConnectProxy;
let project: RalphProject;
let environment: Record<string, string>;

beforeAll(async () => {
  mock = new LLMock({ port: 0, auth: { apiKeys: [KEY] }, journalMaxEntries: 200 });
  mock.on({ predicate: () => true }, (body) => reply(body.model, body.messages));
  await mock.start();
  vault = await startRawServer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    // Both answers in one: the mount's version, and the secret.
    response.end(JSON.stringify({ data: { options: { version: '2' }, data: { api_key: KEY } } }));
  });
  gone = await startRawServer((response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ error: { message: 'model is retired', code: 'model_not_found' } }),
    );
  });
  trap = await startRawServer((response) => response.writeHead(500).end());
  proxy = await startConnectProxy(mock.url);
  project = new RalphProject(`${mock.url}/v1`);
  const settings = readFileSync(project.config, 'utf8');
  const fallback = 'fallback_models = ["plain/stand-in"]\n';
  writeFileSync(project.config, `${fallback}${settings}${providerConfig()}`);
  environment = {
    ...poison(trap.url),
    CODETETHER_HOME: project.home,
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: 'vault-token',
    HTTP_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1',
  };
});
afterAll(async () => {
  await project.close();
  await proxy.stop();
  for (const server of [vault, gone, trap]) await server.stop();
  await mock.stop();
});

/** Everything that the SDKs and their companions read, set to what must not be used. */
function poison(url: string): Record<string, string> {
  const names = [
    ...['API_KEY', 'ADMIN_KEY', 'ORG_ID', 'PROJECT_ID', 'WEBHOOK_SECRET'].map((n) => `OPENAI_${n}`),
    ...['API_KEY', 'AUTH_TOKEN', 'IDENTITY_TOKEN', 'FOUNDRY_API_KEY'].map((n) => `ANTHROPIC_${n}`),
    ...['API_KEY', 'OPENAI_API_KEY', 'OPENAI_AD_TOKEN', 'CLIENT_SECRET'].map((n) => `AZURE_${n}`),
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, 'poison'])),
    OPENAI_BASE_URL: url,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_FOUNDRY_BASE_URL: url,
    AZURE_OPENAI_ENDPOINT: url,
    OPENAI_CUSTOM_HEADERS: 'x-poison: poison',
    ANTHROPIC_CUSTOM_HEADERS: 'x-poison: poison',
  };
}

const providerConfig = (): string => `
[providers.plain]
base_url = "${mock.url}/v1"

[providers.signed]
wire = "anthropic-messages"
base_url = "${mock.url}"

[providers.local]
base_url = "${mock.url}/v1"
tool_mode = "json"
stream = false

[providers.tunnel]
base_url = "http://models.test/v1"

[providers.ended]
base_url = "${gone.url}"
auth = "none"
`;

/** Writes a file, then says that it is done; as JSON text for the model that has no tool calls. */
function reply(model: string, messages: readonly { role: string }[]) {
  const turn = messages.filter((message) => message.role === 'assistant').length;
  const [name, args] =
    turn === 0
      ? ['write_file', { path: 'feature-1.txt', content: 'ok\n' }]
      : ['story_done', { status: 'done', summary: 'written', blockers: [] }];
  if (model === 'no-tools') return { content: JSON.stringify({ tool: name, arguments: args }) };
  return {
    content: '',
    toolCalls: [{ id: `call_${turn}`, name, arguments: JSON.stringify(args) }],
  };
}

async function ralph(model: string): Promise<RunDocument> {
  const folder = project.repository({ stories: [{ id: 'US-001' }] });
  const args = [
    '--config',
    project.config,
    'ralph',
    'run',
    '-p',
    'prd.json',
    '--json',
    '-m',
    model,
  ];
  const { stdout, stderr } = await runCommand(args, environment, folder);
  if (stdout === '') throw new Error(stderr);
  const run = JSON.parse(stdout) as RunDocument;
  if (run.status !== 'passed') throw new Error(run.stories[0]?.reason ?? stderr);
  return run;
}

describe('runs in a poisoned environment', () => {
  it('work with every wire and mode, with the key from Vault and nothing from the environment', async () => {
    const models = ['plain/m', 'signed/m', 'local/no-tools', 'tunnel/m'];
    const runs = await Promise.all(models.map((model) => ralph(model)));
    expect(runs.map((run) => run.status)).toEqual(models.map(() => 'passed'));
    expect(trap.requests).toEqual([]);
    const seen = mock.getRequests();
    expect(seen).toHaveLength(2 * models.length);
    expect(JSON.stringify(seen.map((request) => request.headers))).not.toContain('poison');
    expect(proxy.tunnels).toEqual(['models.test:80']);
    expect(vault.requests.length).toBeGreaterThan(0);
  });

  it('send tool calls as text that a schema constrains, to a server without tools', async () => {
    const body = mock.getRequests().find((request) => bodyOf(request)['model'] === 'no-tools');
    expect(bodyOf(body)).toMatchObject({ response_format: { type: 'json_schema' }, stream: false });
    expect(bodyOf(body)).not.toHaveProperty('tools');
  });
});

function bodyOf(request: { readonly body: unknown } | undefined): Record<string, unknown> {
  const body = request?.body;
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

describe('a model that its provider no longer has', () => {
  it('is answered for by the fallback model, and the run passes', async () => {
    const run = await ralph('ended/old-model');
    expect(run.status).toBe('passed');
    expect(gone.requests.length).toBe(1);
    const models = mock.getRequests().map((request) => bodyOf(request)['model']);
    expect(models.filter((model) => model === 'stand-in')).toHaveLength(2);
  });
});
