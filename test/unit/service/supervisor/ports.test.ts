import { describe, expect, it } from 'vitest';
import { freePort } from '../../../../src/service/supervisor/ports.js';

describe('a free port', () => {
  it('is never the one that a neighbour is about to take', async () => {
    // The system gives the same port twice in a row about once in 7,500 times.
    let neighbour = await freePort();
    const repeated: number[] = [];
    for (let call = 0; call < 50_000; call += 1) {
      const port = await freePort(neighbour);
      if (port === neighbour) repeated.push(port);
      neighbour = port;
    }

    expect(repeated).toEqual([]);
  });
});
