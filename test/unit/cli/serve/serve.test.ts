import { describe, expect, it } from 'vitest';
import { addServeCommand } from '../../../../src/cli/serve/serve.js';
import { commandBench } from '../../../support/command-bench.js';

describe('codetether serve', () => {
  it('shows examples and names its tokens', async () => {
    const { run } = await commandBench(addServeCommand);
    const { out } = await run('serve', '--help');
    expect(out).toContain('codetether serve -p 8080 --json');
    expect(out).toContain('token');
  });

  it.each([
    ['-p', 'many'],
    ['-p', '70000'],
    ['--no-such-option', '1'],
  ])('ends with 2 for %s %s, and starts nothing', async (...words) => {
    const { run } = await commandBench(addServeCommand);
    expect((await run('serve', ...words)).code).toBe(2);
  });
});
