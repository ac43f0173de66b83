import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closeStories, reopenStories } from '../../../../src/runs/results/reopen-stories.js';
import { parsePrdText } from '../../../../src/platform/documents/prd-document.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PRD = `{
    "user_stories": [
        {"id": "US-001", "passes": true, "own": 1},
        {"id": "US-002", "passes": true},
        {"id": "US-003", "passes": false}
    ]
}
`;

async function file(text: string, name = 'prd.json'): Promise<string> {
  const path = join(await temporaryFolder(), name);
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

  it.each([
    ['prd.yaml', 'tasks:\n  - title: One\n    completed: true\n', 'One'],
    ['tasks.jsonl', '{"id":"a","title":"A","status":"done"}\n', 'a'],
    ['prd.md', '# PRD: P\n\n### US-001: One\n- [x] a\n', 'US-001'],
  ])('opens a story in %s and closes it again', async (name, text, id) => {
    const path = await file(text, name);
    const known = parsePrdText(text, path).stories;
    const story = known.find((entry) => entry.id === id) ?? known[0];
    if (story === undefined) throw new Error('the PRD has no story');
    expect(story.passes).toBe(true);
    expect(await reopenStories(path, [story.id])).toEqual({ reopened: [story.id], note: '' });
    const passes = async () => parsePrdText(await readFile(path, 'utf8'), path).stories[0]?.passes;
    expect(await passes()).toBe(false);
    await closeStories(path, [story.id]);
    expect(await passes()).toBe(true);
  });

  it('leaves a file alone that it cannot read, and says what to do', async () => {
    const path = await file('{"user_stories": 1');
    const { reopened, note } = await reopenStories(path, ['US-001', 'US-002']);
    expect(reopened).toEqual([]);
    expect(note).toMatch(/could not be changed .*: mark US-001, US-002 as open by hand$/s);
    expect(await readFile(path, 'utf8')).toBe('{"user_stories": 1');
    await closeStories(path, ['US-001']);
    expect(await readFile(path, 'utf8')).toBe('{"user_stories": 1');
  });
});
