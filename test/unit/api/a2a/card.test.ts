import { describe, expect, it } from 'vitest';
import { REQUESTS_V1 } from '../../../../src/api/a2a/request-schema.js';
import { TASK_SKILLS } from '../../../../src/domain/index.js';
import { raw, remoteBench, storedToken } from '../../../support/remote/remote-bench.js';

const CARD = '/.well-known/agent-card.json';
type Card = Record<string, unknown> & {
  skills: { id: string; tags: string[]; description: string; name: string }[];
  supportedInterfaces?: Record<string, string>[];
};
const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  return { response, card: (await response.json()) as Card };
};

describe('the card', () => {
  it('is pure v1 by default, with every required field', async () => {
    const { url } = await remoteBench();
    for (const headers of [{}, { 'A2A-Version': '1.0' }, { 'A2A-Version': '9.9' }]) {
      const { card } = await get(`${url}${CARD}`, headers as Record<string, string>);
      expect(Object.keys(card).toSorted()).toEqual([
        'capabilities',
        'defaultInputModes',
        'defaultOutputModes',
        'description',
        'documentationUrl',
        'name',
        'skills',
        'supportedInterfaces',
        'version',
      ]);
      expect(card.skills.map(({ id }) => id)).toEqual(TASK_SKILLS);
      for (const skill of card.skills)
        expect([skill.name, skill.description, skill.tags.length > 0]).not.toContain(undefined);
      expect(card.supportedInterfaces).toEqual([
        { url: `${url}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
        { url: `${url}/a2a/v1`, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
        { url: `${url}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
      ]);
    }
  });

  it('has both shapes for whoever asks for 0.3, by header or query, and below /a2a', async () => {
    const { url } = await remoteBench();
    for (const { card } of [
      await get(`${url}${CARD}`, { 'A2A-Version': '0.3' }),
      await get(`${url}${CARD}?A2A-Version=0.3`),
      await get(`${url}/a2a${CARD}`),
    ]) {
      expect(card).toMatchObject({
        url: `${url}/a2a`,
        preferredTransport: 'JSONRPC',
        protocolVersion: '0.3.0',
      });
      expect(card.supportedInterfaces).toHaveLength(3);
    }
    const { card } = await get(`${url}/a2a${CARD}`, { 'A2A-Version': '1.0' });
    expect(card).not.toHaveProperty('url');
  });

  it.each(['', '/a2a'])('is in the shape of v0.3 at %s/.well-known/agent.json', async (base) => {
    const { url } = await remoteBench({ tokens: [storedToken('ci', 'x')] });
    const { card } = await get(`${url}${base}/.well-known/agent.json`);
    expect(card).not.toHaveProperty('supportedInterfaces');
    expect(card).toMatchObject({
      url: `${url}/a2a`,
      security: [{ bearer: [] }],
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    });
  });

  it('may be kept, each version for itself, and is not sent again unchanged', async () => {
    const bench = await remoteBench({ settings: { cardMaxAgeS: 60 } });
    const { url } = bench;
    const host = `127.0.0.1:${bench.port}`;
    const first = await get(`${url}${CARD}`);
    const tag = first.response.headers.get('etag') ?? '';
    expect(first.response.headers.get('cache-control')).toBe('public, max-age=60');
    expect(first.response.headers.get('vary')).toContain('A2A-Version');
    const since = first.response.headers.get('last-modified') ?? '';
    expect(new Date(since).toUTCString()).toBe(since);
    // the client of Node asks past caches when it is given such a head
    const again = await raw(bench, CARD, { host, 'if-none-match': tag });
    expect([again.status, again.body]).toEqual([304, '']);
    const late = await raw(bench, CARD, { host, 'if-modified-since': since });
    expect(late.status).toBe(304);
    const other = await get(`${url}${CARD}`, { 'A2A-Version': '0.3', 'If-None-Match': tag });
    expect(other.response.headers.get('etag')).not.toBe(tag);
  });

  it('is never kept where that is switched off', async () => {
    const { url } = await remoteBench({ settings: { cardMaxAgeS: 0 } });
    const { response } = await get(`${url}${CARD}`);
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  it('names eleven operations of v1, all of which are served', async () => {
    const { rpc } = await remoteBench();
    expect(Object.keys(REQUESTS_V1)).toHaveLength(11);
    for (const method of Object.keys(REQUESTS_V1))
      expect((await rpc(method, { id: 'x', taskId: 'x' })).body.error?.code).not.toBe(-32_601);
  });
});
