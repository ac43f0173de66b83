import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../../src/config/config.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { hostTools, toolsIn, toolsInput } from '../../../../src/runs/rlm/host-tools.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

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

  it('are refused where somebody asks for them in a folder with more than a project; configured ones are left out', async () => {
    const root = realpathSync(await temporaryFolder());
    const home = join(root, 'engine', 'home');
    mkdirSync(join(home, 'runs'), { recursive: true });
    mkdirSync(join(root, 'project', '.git'), { recursive: true });
    symlinkSync(root, join(root, 'project', 'all'));
    const given = { ...config('grep'), home };
    const own = join(root, 'project');
    expect(toolsIn(own, {}, given)).toEqual({ names: ['grep'], notes: [] });
    const refused: readonly (readonly [string, string])[] = [
      [home, 'CODETETHER_HOME'],
      [join(home, 'runs'), 'CODETETHER_HOME'],
      [root, 'CODETETHER_HOME'],
      [join(own, 'all'), 'CODETETHER_HOME'],
      ['/', 'CODETETHER_HOME'],
      [homedir(), 'home'],
      [dirname(homedir()), 'HOME|home'],
      [join(own, '.git'), 'of git'],
    ];
    for (const [folder, why] of refused) {
      expect(() => toolsIn(folder, { tools: 'grep' }, given)).toThrow(
        expect.objectContaining({
          constructor: InvalidInputError,
          code: 'ERR_USAGE',
          where: { field: '--tools', file: folder },
          message: expect.stringMatching(why) as string,
        }) as Error,
      );
      expect(toolsIn(folder, {}, given)).toEqual({
        names: [],
        notes: [expect.stringMatching(/^rlm\.tools are not passed to its code: the folder /)],
      });
      expect(toolsIn(folder, { tools: '' }, given)).toEqual({ names: [], notes: [] });
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
