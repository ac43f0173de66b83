import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TokenScope } from '../../../../src/domain/index.js';
import { BOARD_RUN, FakeBoard } from '../../../support/remote/fake-board.js';
import { remoteBench, storedToken } from '../../../support/remote/remote-bench.js';

const RUN = `/runs/${BOARD_RUN}`;

describe('a stream whose token is taken away', () => {
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['revoked', (): TokenScope[] | undefined => undefined],
    ['for tasks alone', (): TokenScope[] | undefined => ['tasks:read']],
  ])('ends within a minute: it is %s', async (_how, left) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    let scopes: TokenScope[] | undefined = ['board:read'];
    const readTokens = () =>
      Promise.resolve(scopes === undefined ? [] : [storedToken('ada', 'token-of-ada', scopes)]);
    const { url } = await remoteBench({ board: new FakeBoard(), readTokens });
    const headers = { authorization: 'Bearer token-of-ada' };
    for (const path of ['/events', `${RUN}/events`]) {
      scopes = ['board:read'];
      vi.advanceTimersByTime(31_000);
      const response = await fetch(`${url}/v1/board${path}`, { headers });
      expect(response.status).toBe(200);
      const end = response.text().then(
        () => 'ended',
        () => 'ended',
      );
      // asked again, and still allowed: it goes on
      await vi.advanceTimersByTimeAsync(31_000);
      expect(await Promise.race([end, Promise.resolve('open')])).toBe('open');
      scopes = left();
      await vi.advanceTimersByTimeAsync(31_000);
      expect(await end).toBe('ended');
    }
  });
});
