import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reopenStories } from '../../../../src/runs/results/reopen-stories.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PRD = `{
    "user_stories": [
        {"id": "US-001", "passes": true, "own": 1},
        {"id": "US-002", "passes": true},
        {"id": "US-003", "passes": false}
    ]
}
`;

async function file(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'prd.json');
  await writeFile(path, text);
  return path;
}

describe('reopenStories', () => {
  it('changes passes of the named stories and nothing else, also behind a link', async () => {
    const path = await file(PRD);
    await chmod(path, 0o640);
    const link = join(await temporaryFolder(), 'link.json');
    await symlink(path, link);
    expect(await reopenStories(link, ['US-001', 'US-003', 'US-404'])).toEqual({
      reopened: ['US-001'],
      note: '',
    });
    expect(await readFile(path, 'utf8')).toBe(
      PRD.replace('"passes": true, "own"', '"passes": false, "own"'),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('knows the other name of the list', async () => {
    const path = await file(PRD.replace('user_stories', 'userStories'));
    expect((await reopenStories(path, ['US-002'])).reopened).toEqual(['US-002']);
  });

  it('leaves a file alone that it cannot read, and says what to do', async () => {
    const path = await file('# not JSON\n');
    const { reopened, note } = await reopenStories(path, ['US-001']);
    expect(reopened).toEqual([]);
    expect(note).toMatch(/could not be changed .*set passes to false of US-001 by hand$/s);
    expect(await readFile(path, 'utf8')).toBe('# not JSON\n');
  });
});
