import { describe, expect, it } from 'vitest';
import { allowedPaths } from '../../../../src/runs/plan/plan-base.js';

describe('allowedPaths', () => {
  it('takes the flag before the configuration, and nothing as everything', () => {
    expect(allowedPaths(['./src/', 'docs//api.md'], ['x'])).toEqual(['src', 'docs/api.md']);
    expect(allowedPaths(undefined, ['x'])).toEqual(['x']);
    expect([allowedPaths(undefined, null), allowedPaths([], null)]).toEqual([undefined, undefined]);
  });

  it.each([['/etc'], ['..'], ['src/../../x'], ['.'], ['']])('refuses %j', (path) => {
    expect(() => allowedPaths([path], null)).toThrow(
      expect.objectContaining({ code: 'ERR_PATHS_INVALID', exitCode: 2 }),
    );
  });
});
