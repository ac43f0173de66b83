import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shown } from '../../../../src/api/board/shown.js';
import { InvalidInputError, type TokenScope } from '../../../../src/domain/index.js';
import { BOARD_RUN, FakeBoard } from '../../../support/remote/fake-board.js';
import { remoteBench, storedToken } from '../../../support/remote/remote-bench.js';

const RUN = `/runs/${BOARD_RUN}`;

/** The board over one run; `ask` sends a request with a token that may do everything. */
async function boardBench(scopes?: TokenScope[]) {
  const board = new FakeBoard();
  const tokens = [storedToken('ada', 'token-of-ada', scopes)];
  const bench = await remoteBench({ board, tokens });
  const ask = async (path: string, init: RequestInit = {}, token = 'token-of-ada') => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    const answer = await fetch(`${bench.url}/v1/board${path}`, { ...init, headers });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    const body = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: answer.status, headers: answer.headers, text, body };
  };
  const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { ...bench, board, ask, post };
}

describe('the board by HTTP', () => {
  it('shows what waits and the runs, and finds them', async () => {
    const { ask } = await boardBench();
    const { body } = await ask('');
    expect(body).toMatchObject({
      runs: [{ run_id: BOARD_RUN, status: 'failed' }],
      waiting: [{ kind: 'conflict' }, { kind: 'blocked' }],
    });
    expect((await ask('?q=carts%20shop&state=failed')).body['runs']).toHaveLength(1);
    expect((await ask('?q=other')).body['runs']).toHaveLength(0);
    expect((await ask('?state=passed')).body['runs']).toHaveLength(0);
  });

  it('shows a run, with what turns a line around written out', async () => {
    const { ask } = await boardBench();
    expect((await ask(RUN)).body).toEqual({ title: 'a\\u{202e}b <b>', list: [1, null] });
  });

  it('shows the diff of a run, and of a story', async () => {
    const { ask, board } = await boardBench();
    expect((await ask(`${RUN}/diff`)).body).toEqual({ from: 'a', to: 'b', files: [] });
    await ask(`${RUN}/diff?story=US-001`);
    expect(board.asked).toEqual([
      ['diff', undefined],
      ['diff', 'US-001'],
    ]);
  });

  it.each(['markdown', 'html'])('gives the report as a file to keep: %s', async (format) => {
    const { ask } = await boardBench();
    const { headers, text } = await ask(`${RUN}/report?format=${format}`);
    expect(text).toBe(`<script>${format}</script>`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename=report-/);
  });

  it.each([
    ['/pause', {}, ['pause', BOARD_RUN, '']],
    ['/pause', { reason: 'lunch' }, ['pause', BOARD_RUN, 'lunch']],
    ['/resume', {}, ['resume', BOARD_RUN, { budget: {} }]],
    [
      '/resume',
      { budget_usd: 1.5, budget_tokens: 10, max_calls: 3 },
      ['resume', BOARD_RUN, { budget: { costMicroUsd: 1_500_000, tokens: 10, calls: 3 } }],
    ],
    ['/cancel', {}, ['cancel', BOARD_RUN]],
    ['/say', { story: 'US-001', text: 'hi' }, ['say', BOARD_RUN, 'US-001', 'hi']],
    ['/stories/US-001/answer', { text: 'yes' }, ['answer', BOARD_RUN, 'US-001', 'yes']],
    [
      '/stories/US-001/answer',
      { text: 'yes', call: 'c1' },
      ['answer', BOARD_RUN, 'US-001', { text: 'yes', call: 'c1' }],
    ],
    ['/stories/US%2F1/skip', {}, ['skip', BOARD_RUN, 'US/1']],
    ['/stories/US-001/retry', {}, ['retry', BOARD_RUN, 'US-001']],
  ])('steers a run: %s %j', async (path, body, asked) => {
    const { board, post, audited } = await boardBench();
    const answer = await post(`${RUN}${path}`, body);
    expect(answer).toMatchObject({ status: 200, body: { run_id: BOARD_RUN } });
    expect(board.asked).toEqual([asked]);
    expect(audited).toEqual([
      expect.objectContaining({ caller: 'ada', task_id: BOARD_RUN, outcome: 'ok' }),
    ]);
    expect(JSON.stringify(audited)).not.toContain('lunch');
  });

  it('makes comments the words of the next attempt, and says which run works on it', async () => {
    const { board, post } = await boardBench();
    const comments = [{ file: 'a.ts', line: 3, quote: 'x', text: 'shorter' }];
    const { body } = await post(`${RUN}/stories/US-001/changes`, { comments, note: 'Less.' });
    expect(body).toEqual({ run_id: 'next', answer: 'did changes' });
    expect(board.asked[0]?.slice(0, 3)).toEqual(['changes', BOARD_RUN, 'US-001']);
    expect(board.asked[0]?.[3]).toContain('- a.ts line 3: `x`\n  shorter');
  });

  it('links into the web interface of Temporal, where there is one', async () => {
    const { board, post } = await boardBench();
    expect((await post(`${RUN}/temporal`)).body).toEqual({ url: '/temporal/login?ticket=t' });
    board.uiUrl = null;
    expect((await post(`${RUN}/temporal`)).body).toEqual({ url: null });
  });

  it('tells a refusal of the run with its code', async () => {
    const { board, post, audited } = await boardBench();
    board.refusal = new InvalidInputError('ERR_STORY_DONE', { message: 'it is passed' });
    const answer = await post(`${RUN}/stories/US-001/retry`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      error: { code: 'ERR_STORY_DONE', message: 'it is passed' },
    });
    expect(audited).toEqual([expect.objectContaining({ outcome: 'ERR_STORY_DONE' })]);
  });
});

describe('who may see the board', () => {
  it('is nobody without a token, or with a wrong one', async () => {
    const { ask, url } = await boardBench();
    for (const path of ['', '/events', RUN, `${RUN}/events`, `${RUN}/diff`, `${RUN}/report`]) {
      expect((await fetch(`${url}/v1/board${path}`)).status, path).toBe(401);
      expect((await ask(path, {}, 'guessed')).status, path).toBe(401);
    }
  });

  it('is nobody whose token is for tasks alone', async () => {
    const { ask, post, board } = await boardBench(['tasks:read', 'ralph:run']);
    expect((await ask('')).body).toMatchObject({ error: { code: 'ERR_SCOPE_MISSING' } });
    expect((await post(`${RUN}/pause`)).status).toBe(403);
    expect(board.asked).toEqual([]);
  });

  it('looks, and steers nothing, with the scope to look', async () => {
    const { ask, post, board } = await boardBench(['board:read']);
    expect((await ask(RUN)).status).toBe(200);
    for (const path of [
      '/pause',
      '/cancel',
      '/stories/US-001/retry',
      '/stories/US-001/changes',
      '/temporal',
    ])
      expect((await post(`${RUN}${path}`)).status, path).toBe(403);
    expect(board.asked).toEqual([]);
  });

  it('starts no run without the scope for it: changes to an ended one', async () => {
    const { post, board } = await boardBench(['board:read', 'board:steer']);
    const answer = await post(`${RUN}/stories/US-001/changes`, { note: 'Less.' });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'ERR_SCOPE_MISSING' } } });
    expect(JSON.stringify(answer.body)).toContain('ralph:run');
    expect(board.asked).toEqual([]);
  });

  it('is no page of another origin, whatever token it has', async () => {
    const { post, board } = await boardBench();
    const from = (origin: string) => post(`${RUN}/cancel`, {}, { origin });
    expect((await from('https://evil.example')).status).toBe(403);
    expect((await post(`${RUN}/cancel`, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(board.asked).toEqual([]);
  });
});

describe('bad input', () => {
  it.each([
    ['?q=' + 'x'.repeat(300), 400, 'ERR_API_REQUEST'],
    ['?state=unknown', 400, 'ERR_API_REQUEST'],
    ['?more=1', 400, 'ERR_API_REQUEST'],
    ['/runs/unknown', 404, 'ERR_RUN_NOT_FOUND'],
    ['/runs/01hx3v6m2q8w0c5r7t9y1z3b5e', 404, 'ERR_RUN_NOT_FOUND'],
    ['/runs/01hx3v6m2q8w0c5r7t9y1z3b5e/events', 404, 'ERR_RUN_NOT_FOUND'],
    [`${RUN}/events?offset=-1`, 400, 'ERR_API_REQUEST'],
    [`${RUN}/report?format=pdf`, 400, 'ERR_API_REQUEST'],
    ['/nothing', 404, 'ERR_API_PATH'],
    ['/runs/%ff', 400, 'the path cannot be decoded'],
  ])('is refused with its reason: %s', async (path, status, code) => {
    const { ask } = await boardBench();
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(code);
  });

  it.each([
    ['/resume', { budget_usd: -1 }],
    ['/resume', { budget_tokens: 1.5 }],
    ['/pause', { reason: 7 }],
    ['/say', { text: 'to nobody' }],
    ['/cancel', { sure: true }],
    ['/stories/US-001/answer', { text: '' }],
    ['/stories/US-001/answer', { text: 'yes', call: 'x'.repeat(201) }],
    ['/stories/US-001/answer', { text: 'x'.repeat(8001) }],
    ['/stories/US-001/changes', {}],
    ['/stories/US-001/changes', { comments: [], note: '  ' }],
    ['/stories/US-001/changes', { comments: [{ file: 'a', line: 0, text: 'x' }] }],
    [
      '/stories/US-001/changes',
      {
        comments: Array.from({ length: 10 }, () => ({
          file: 'a',
          line: 1,
          text: 'x'.repeat(1500),
        })),
      },
    ],
  ])('changes nothing: %s', async (path, body) => {
    const { board, post } = await boardBench();
    const answer = await post(`${RUN}${path}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: 'ERR_API_REQUEST' } });
    expect(board.asked).toEqual([]);
  });

  it('is a form of another page: only JSON is read', async () => {
    const { board, post } = await boardBench();
    const answer = await post(`${RUN}/cancel`, {}, { 'content-type': 'text/plain' });
    expect(answer.status).toBe(415);
    expect(board.asked).toEqual([]);
  });
});

/** Frames of a stream until so many are there. */
async function frames(response: Response, most: number, onFrame?: (text: string) => void) {
  const found: { event: string; id: string; data: unknown }[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts.filter((one) => one.includes('data: '))) {
      const field = (name: string) =>
        part
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      found.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) });
      onFrame?.(part);
    }
    if (found.length >= most) break;
  }
  return found;
}

describe('what is followed', () => {
  const headers = { authorization: 'Bearer token-of-ada' };

  it('is the overview, at once and after each change', async () => {
    const { board, url } = await boardBench();
    const response = await fetch(`${url}/v1/board/events`, { headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const seen = await frames(response, 2, () => {
      board.record = { ...board.record, status: 'passed' };
    });
    expect(
      seen.map(({ event, data }) => [
        event,
        (data as { runs: { status: string }[] }).runs[0]?.status,
      ]),
    ).toEqual([
      ['board', 'failed'],
      ['board', 'passed'],
    ]);
  });

  it('is what happens in a run behind an offset, and that its record changed', async () => {
    const { board, url } = await boardBench();
    const at = '2026-01-02T03:04:05.000Z';
    const line = (text: string) => ({ source: 's', seq: 1, type: 'run.note' as const, at, text });
    board.log.push(line('one'), line('two \u202e'));
    const path = `${url}/v1/board${RUN}/events`;
    const seen = await frames(await fetch(`${path}?offset=1`, { headers }), 2, () => {
      board.record = { ...board.record, status: 'passed' };
    });
    expect(seen).toEqual([
      {
        event: 'lines',
        id: '2',
        data: [
          {
            at,
            type: 'run.note',
            story: null,
            attempt: null,
            turn: null,
            text: 'two \\u{202e}',
            source: 's',
          },
        ],
      },
      { event: 'record', id: '', data: {} },
    ]);
    board.log.push(line('three'));
    const again = await fetch(path, { headers: { ...headers, 'last-event-id': '2' } });
    expect((await frames(again, 1))[0]).toMatchObject({ id: '3', data: [{ text: 'three' }] });
  });

  it('comes in frames of some hundred lines, of which the last says where to go on', async () => {
    const { board, url } = await boardBench();
    const at = '2026-01-02T03:04:05.000Z';
    for (let seq = 1; seq <= 450; seq += 1)
      board.log.push({ source: 's', seq, type: 'run.note', at });
    const seen = await frames(await fetch(`${url}/v1/board${RUN}/events`, { headers }), 3);
    expect(seen.map(({ id, data }) => [id, (data as unknown[]).length])).toEqual([
      ['', 200],
      ['', 200],
      ['450', 50],
    ]);
  });
});

describe('what is shown', () => {
  it('keeps everything but text as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, '?')) as unknown;
        expect(shown(plain)).toEqual(plain);
      }),
    );
  });
});
