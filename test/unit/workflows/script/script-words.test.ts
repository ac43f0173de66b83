import { describe, expect, it } from 'vitest';
import { givenEndSchema } from '../../../../src/activities/script/given-end.js';
import { REASON_LIMIT } from '../../../../src/workflows/script/script-words.js';

describe('what a script is told of a call that failed', () => {
  it('fits into a step, as long as it may be', () => {
    const end = { id: 1, spent: 0, code: 'AgentError', message: 'x'.repeat(REASON_LIMIT) };
    expect(givenEndSchema.safeParse(end).success).toBe(true);
  });
});
