import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../../../src/cli/context.js';
import { draftPrdCommand } from '../../../../src/cli/ralph/draft-prd.js';
import { commandBench } from '../../../support/command-bench.js';

describe('a PRD that a model is to write', () => {
  it.each([
    ['', 2],
    ['x'.repeat(129 * 1024), 2],
  ])('is refused before a model is asked for it', async (from, exitCode) => {
    await commandBench(() => undefined);
    const context = await createContext(new Command());
    await expect(draftPrdCommand({ from }, context)).rejects.toMatchObject({ exitCode });
  });

  it('never replaces a file', async () => {
    const { folder } = await commandBench(() => undefined);
    const context = await createContext(new Command());
    const output = join(folder, 'prd.json');
    await writeFile(output, 'mine');
    await expect(draftPrdCommand({ from: 'a login', output }, context)).rejects.toMatchObject({
      code: 'ERR_OUTPUT_FILE',
      where: { file: output },
    });
    expect(await readFile(output, 'utf8')).toBe('mine');
  });
});
