import { describe, expect, it } from 'vitest';
import { mayStayStale, staleLockWords } from '../../../../src/workflows/swarm/landing-desk.js';

describe('locks that nobody could make anew', () => {
  it.each([
    ['ERR_LOCK_FAILED', ['a', 'b'], true],
    ['ERR_SETUP_OFFLINE', ['a', 'b'], true],
    ['ERR_DISK_FULL', ['a', 'b'], false],
    ['ERR_LOCK_FAILED', ['a'], false],
    ['ERR_LOCK_FAILED', undefined, false],
  ])('stay after %s where all of them are whole: %j', (why, stale, expected) => {
    expect(mayStayStale({ locks: ['a', 'b'], stale }, why)).toBe(expected);
  });

  it('are told by name, the first of them', () => {
    expect(staleLockWords(['a', 'b', 'c', 'd', 'e', 'f'])).toBe(
      'a, b, c, d, e could not be made anew and may lack what the manifest asks for',
    );
  });
});
