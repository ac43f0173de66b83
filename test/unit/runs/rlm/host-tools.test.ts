import { describe, expect, it } from 'vitest';
import type { Config } from '../../../../src/config/config.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { hostTools, toolsInput } from '../../../../src/runs/rlm/host-tools.js';

const config = (...tools: string[]): Config => ({ rlm: { tools } }) as unknown as Config;

describe('tools that code is passed', () => {
  it('are those of the command line, else of the configuration, each once and in order', () => {
    expect(hostTools({}, config('read_file', 'grep'))).toEqual(['grep', 'read_file']);
    expect(hostTools({ tools: 'glob, grep,glob,' }, config('read_file'))).toEqual(['glob', 'grep']);
    expect(hostTools({ tools: '' }, config('read_file'))).toEqual([]);
  });

  it.each([
    [{ tools: 'grep,bash' }, config(), '--tools'],
    [{}, config('todo_write'), 'rlm.tools'],
    [{ tools: 'x'.repeat(5000) }, config(), '--tools'],
  ])('of %o are refused where one does more than read', (flags, given, field) => {
    try {
      hostTools(flags, given);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error).toMatchObject({ code: 'ERR_USAGE', where: { field } });
      expect((error as Error).message.length).toBeLessThan(200);
    }
  });

  it('have a workspace of the run in which they see the folder', () => {
    expect(toolsInput([], { folder: '/work', runId: 'r1' })).toEqual({});
    const { tools } = toolsInput(['grep'], { folder: '/work', runId: 'r1' });
    expect(tools).toEqual({
      names: ['grep'],
      workspace: { id: expect.stringMatching(/\/r1\/view$/) as string, workdir: '.' },
    });
  });
});
