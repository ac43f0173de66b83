import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addTuiCommand } from '../../../../src/cli/tui/tui.js';

describe('codetether tui', () => {
  it.each([[['tui']], [['tui', '/absent']], [['tui', '--session', 'x']]])(
    '%j is refused without a terminal before anything is loaded',
    async (words) => {
      const program = new Command('codetether').exitOverride();
      addTuiCommand(program);
      await expect(program.parseAsync(['node', 'codetether', ...words])).rejects.toMatchObject({
        code: 'ERR_NO_TERMINAL',
        exitCode: 2,
      });
    },
  );
});
