import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { listenOnLoopback } from '../../../src/api/listen.js';
import { createEnvelope } from '../../../src/platform/codec/envelope.js';
import { createPayloadCodec } from '../../../src/platform/codec/payload-codec.js';
import { fakeDataKeys } from '../../support/fake-data-keys.js';

const TOKEN = 'token-of-the-codec';
const UI = 'http://127.0.0.1:8233';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const payload = defaultPayloadConverter.toPayload({ story: 'US-001' });
const body = JSON.stringify({ payloads: [wire(payload)] });

function wire({ metadata, data }: Payload) {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, text(value)]),
    ),
    data: text(data ?? new Uint8Array()),
  };
}

async function serve() {
  const keys = fakeDataKeys();
  const envelope = createEnvelope(keys);
  const app = createApp({
    health: () => Promise.reject(new Error('not asked')),
    codec: {
      codecOf: (namespace) => createPayloadCodec(envelope, namespace ?? 'default'),
      token: TOKEN,
      origins: [UI],
    },
  });
  const server = await listenOnLoopback(app, { port: 0, isPortFixed: false });
  onTestFinished(() => server.close());
  const url = `http://127.0.0.1:${server.port}/codec`;
  const post = (path: string, text: string, headers: Record<string, string> = AUTHORIZED) =>
    fetch(`${url}/${path}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { keys, url, post };
}

async function codeOf(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

describe('/codec', () => {
  it('seals and opens, with the token in the header or in the path', async () => {
    const { post } = await serve();
    const sealed = await (await post('encode', body)).text();
    expect(sealed).not.toContain(wire(payload).data);
    expect(await (await post('decode', sealed)).json()).toEqual(JSON.parse(body));
    const byPath = await post(`${TOKEN}/decode`, sealed, {});
    expect(await byPath.json()).toEqual(JSON.parse(body));
    expect(
      await codeOf(await post('decode', sealed, { ...AUTHORIZED, 'x-namespace': 'b' })),
    ).toEqual([422, 'ERR_CODEC_TAMPERED']);
  });

  it.each([{}, { authorization: 'Bearer wrong' }, { authorization: TOKEN }])(
    'refuses without the token: %o',
    async (headers: Record<string, string>) => {
      const { post } = await serve();
      expect(await codeOf(await post('decode', body, headers))).toEqual([401, 'ERR_CODEC_TOKEN']);
      expect((await post('wrong/decode', body, headers)).status).toBe(401);
    },
  );

  it.each(['', 'no json', '[]', '{"payloads":[{"data":5}]}', '{"payloads":[{"data":"%"}]}'])(
    'answers 400 to %j',
    async (text) => {
      const { post } = await serve();
      expect(await codeOf(await post('decode', text))).toEqual([400, 'ERR_CODEC_REQUEST']);
    },
  );

  it('answers 413 to a body that is too large, 503 while Vault is silent', async () => {
    const { post, keys } = await serve();
    const large = await post('encode', JSON.stringify({ payloads: [], filler: 'x'.repeat(17e6) }));
    expect(await codeOf(large)).toEqual([413, 'ERR_CODEC_TOO_LARGE']);
    keys.isDown = true;
    expect(await codeOf(await post('encode', body))).toEqual([503, 'ERR_VAULT_UNREACHABLE']);
  });

  it('lets the web interface ask from a browser, and no other page', async () => {
    const { url, post } = await serve();
    const preflight = (origin: string) =>
      fetch(`${url}/decode`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = await preflight(UI);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(UI);
    expect(allowed.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, x-namespace',
    );
    const other = await preflight('http://evil.example');
    expect(other.headers.get('access-control-allow-origin')).toBe(null);
    const answer = await post('encode', body, { ...AUTHORIZED, origin: UI });
    expect(answer.headers.get('access-control-allow-origin')).toBe(UI);
  });

  it('is not there unless it is given, and has no other paths', async () => {
    const { post } = await serve();
    expect((await post('other', body)).status).toBe(404);
    const app = createApp({ health: () => Promise.reject(new Error('not asked')) });
    const server = await listenOnLoopback(app, { port: 0, isPortFixed: false });
    onTestFinished(() => server.close());
    const url = `http://127.0.0.1:${server.port}/codec/decode`;
    expect((await fetch(url, { method: 'POST', body, headers: AUTHORIZED })).status).toBe(404);
  });
});
