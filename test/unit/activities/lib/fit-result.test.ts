import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitResult } from '../../../../src/activities/lib/fit-result.js';
import { jsonBytes, MESSAGE_LIMIT_BYTES } from '../../../../src/domain/run/run-view.js';

describe('fitResult', () => {
  it('leaves what fits as it is', () => {
    const result = { verdict: 'passed', files: ['a'] };
    expect(fitResult(result)).toBe(result);
  });

  it('cuts lists and texts until the result fits, and keeps hashes, keys and numbers', () => {
    const digest = 'a'.repeat(64);
    const evidence = Array.from({ length: 3000 }, () => ({
      check: 'x'.repeat(9000),
      digest,
      n: 1,
    }));
    const fitted = fitResult({ verdict: 'failed', evidence });
    expect(jsonBytes(fitted)).toBeLessThanOrEqual(MESSAGE_LIMIT_BYTES);
    expect(fitted.verdict).toBe('failed');
    expect(fitted.evidence[0]).toMatchObject({ digest, n: 1 });
  });

  it('leaves what has to be whole, cuts what stands beside it, and throws where that is too large', () => {
    const requests = Array.from({ length: 200 }, (_, id) => ({ id, problem: 'ü'.repeat(500) }));
    const result = { requests, output: { preview: 'x'.repeat(MESSAGE_LIMIT_BYTES + 1) } };
    const fitted = fitResult(result, MESSAGE_LIMIT_BYTES, 'runCell');
    expect(fitted.requests).toEqual(requests);
    expect(fitted.output.preview).toHaveLength(8192);
    expect(() =>
      fitResult({ requests: 'x'.repeat(1024 * 1024 + 9) }, MESSAGE_LIMIT_BYTES, 'runCell'),
    ).toThrow(expect.objectContaining({ code: 'ERR_RESULT_TOO_LARGE' }));
  });

  it('never gives more than the limit: a result or one typed error', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.integer({ min: 2, max: 2000 }),
        (value, limit) => {
          let fitted: unknown;
          try {
            fitted = fitResult(value, limit);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_RESULT_TOO_LARGE' });
            return;
          }
          expect(jsonBytes(fitted)).toBeLessThanOrEqual(limit);
        },
      ),
      { seed: 6, numRuns: 500 },
    );
  });
});
