import { chmod, lstat, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markStoryPassed, refreshPrd } from '../../../../src/activities/landing/prd-file.js';
import { mergeStories } from '../../../../src/domain/prd/merge-stories.js';
import { markStory } from '../../../../src/platform/documents/prd-mark.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PRD = `{
    "project": "demo", "custom": [1,  2],
    "user_stories": [
        { "id": "US-001", "title": "One", "passes": false, "note": "keep me" },
        { "title": "Two", "id": "US-002" }
    ]
}
`;

const withStoryPassed = (text: string, storyId: string, file: string): string =>
  markStory(text, { storyId, file, passes: true });

describe('markStory in JSON', () => {
  it('changes one word of a hand-formatted file', () => {
    expect(withStoryPassed(PRD, 'US-001', 'prd.json')).toBe(
      PRD.replace('"passes": false', '"passes": true'),
    );
  });

  it('adds the field where it is missing and changes no other value', () => {
    const before = JSON.parse(PRD) as { user_stories: object[] };
    const after: unknown = JSON.parse(withStoryPassed(PRD, 'US-002', 'prd.json'));
    expect(after).toEqual({
      ...before,
      user_stories: [before.user_stories[0], { ...before.user_stories[1], passes: true }],
    });
  });

  it('changes exactly that field of any document', () => {
    const extra = fc.dictionary(
      fc.string().filter((key) => !['id', 'passes', 'user_stories', '__proto__'].includes(key)),
      fc.jsonValue(),
      { maxKeys: 4 },
    );
    const stories = fc.uniqueArray(
      fc.record({ id: fc.string({ minLength: 1 }), passes: fc.boolean(), extra }),
      { minLength: 1, maxLength: 6, selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(
        stories,
        extra,
        fc.record({ pick: fc.nat(), indent: fc.constantFrom(0, 2, '\t') }),
        (list, rest, { pick, indent }) => {
          const document = {
            ...rest,
            user_stories: list.map(({ id, passes, extra: fields }) => ({ ...fields, id, passes })),
          };
          const text = JSON.stringify(document, null, indent);
          const index = pick % list.length;
          const id = list[index]?.id ?? '';
          const passed = withStoryPassed(text, id, 'prd.json');
          expect(JSON.parse(passed)).toEqual(
            JSON.parse(
              JSON.stringify({
                ...document,
                user_stories: document.user_stories.map((story, position) =>
                  position === index ? { ...story, passes: true } : story,
                ),
              }),
            ),
          );
          expect(withStoryPassed(passed, id, 'prd.json')).toBe(passed);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names a story that is gone', () => {
    expect(() => withStoryPassed(PRD, 'US-009', 'prd.json')).toThrow(
      expect.objectContaining({
        code: 'ERR_STORY_MISSING',
        where: { file: 'prd.json', story: 'US-009' },
      }),
    );
  });
});

describe('markStoryPassed', () => {
  it('writes the file that a link points to, with its mode, and keeps the link', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'real.json');
    const link = join(folder, 'prd.json');
    await writeFile(file, PRD);
    await chmod(file, 0o640);
    await symlink(file, link);
    expect(await markStoryPassed(link, 'US-001', 'run-1')).toEqual({ note: '' });
    expect(await readFile(file, 'utf8')).toContain('"passes": true');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });

  it('keeps what a person changed during the run, CRLF and byte order mark included', async () => {
    const file = join(await temporaryFolder(), 'prd.json');
    const edited = PRD.replace('"One"', '"One, edited"').replaceAll('\n', '\r\n');
    await writeFile(file, `\uFEFF${edited}`);
    expect(await markStoryPassed(file, 'US-001', 'run-1')).toEqual({ note: '' });
    expect(await readFile(file, 'utf8')).toBe(
      `\uFEFF${edited.replace('"passes": false', '"passes": true')}`,
    );
  });

  it('leaves a damaged file alone and keeps the result in a side file, once', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'prd.json');
    await writeFile(file, '{ "user_stories": [');
    const side = `${file}.run-1.passed`;
    for (let time = 0; time < 2; time += 1) {
      const { note } = await markStoryPassed(file, 'US-001', 'run-1');
      expect(note).toContain(`it is listed in ${side}`);
    }
    await markStoryPassed(file, 'US-002', 'run-1');
    expect(await readFile(file, 'utf8')).toBe('{ "user_stories": [');
    expect(await readFile(side, 'utf8')).toBe('US-001\nUS-002\n');
  });

  it('does the same when the file or the story is gone', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'prd.json');
    expect((await markStoryPassed(file, 'US-001', 'run-1')).note).toContain('US-001 passed, but');
    await writeFile(file, PRD);
    expect((await markStoryPassed(file, 'US-009', 'run-1')).note).toContain(
      'story US-009 is no longer in the file',
    );
    expect(await readFile(file, 'utf8')).toBe(PRD);
    expect((await readdir(folder)).toSorted()).toEqual(['prd.json', 'prd.json.run-1.passed']);
  });
});

describe('the other formats', () => {
  const text = '# Shop\r\n\r\n- [x] One\r\n- [ ] Two\r\n  - [ ] fast\r\n- [ ] Three\r\n';

  it('tick the boxes of that story in a file that a person edited meanwhile', async () => {
    const file = join(await temporaryFolder(), 'PRD.md');
    await writeFile(file, text.replace('Three', 'Three, but better'));
    expect(await markStoryPassed(file, 'T-002', 'run-1')).toEqual({ note: '' });
    expect(await readFile(file, 'utf8')).toBe(
      text
        .replace('Three', 'Three, but better')
        .replace('[ ] Two', '[x] Two')
        .replace('[ ] fast', '[x] fast'),
    );
  });

  it('keep a result in a side file when the story is gone, and leave bytes alone that are no UTF-8', async () => {
    const file = join(await temporaryFolder(), 'PRD.md');
    await writeFile(file, text);
    expect((await markStoryPassed(file, 'T-009', 'run-1')).note).toContain('no longer in the file');
    const latin = Buffer.concat([Buffer.from(text), Buffer.from([0xe4, 0x0a])]);
    await writeFile(file, latin);
    expect((await markStoryPassed(file, 'T-002', 'run-1')).note).toContain('not UTF-8');
    expect(await readFile(file)).toEqual(latin);
    expect(await readFile(`${file}.run-1.passed`, 'utf8')).toBe('T-009\nT-002\n');
  });
});

describe('refreshPrd', () => {
  const prd = (...stories: object[]) =>
    JSON.stringify({ project: 'p', feature: 'f', user_stories: stories });

  it('answers a known text with nothing, and another one with its stories', async () => {
    const file = join(await temporaryFolder(), 'prd.json');
    await writeFile(file, prd({ id: 'A', title: 'a' }));
    const first = await refreshPrd(file, '');
    expect(first.stories?.map(({ id }) => id)).toEqual(['A']);
    expect(await refreshPrd(file, first.digest)).toEqual({
      digest: first.digest,
      stories: null,
      problem: null,
    });
    await writeFile(file, prd({ id: 'A', title: 'b' }));
    expect((await refreshPrd(file, first.digest)).stories?.[0]?.title).toBe('b');
  });

  it('keeps the last good stories of a PRD that is edited into nonsense, and tells it once', async () => {
    const file = join(await temporaryFolder(), 'prd.json');
    await writeFile(file, prd({ id: 'A', title: 'a' }, { id: 'B', title: 'b' }));
    const good = await refreshPrd(file, '');
    const standings = (good.stories ?? []).map((story) => ({ story, status: 'pending' as const }));
    const nonsense = [
      '{ "project": ',
      prd({ id: 'A', title: 'a', depends_on: ['B'] }, { id: 'B', title: 'b', depends_on: ['A'] }),
      prd(),
    ];
    let { digest } = good;
    for (const text of nonsense) {
      await writeFile(file, text);
      const bad = await refreshPrd(file, digest);
      expect(bad).toMatchObject({ stories: null, problem: expect.stringContaining(' ') as string });
      expect(await refreshPrd(file, bad.digest)).toMatchObject({ stories: null, problem: null });
      expect(mergeStories(standings, bad.stories ?? good.stories ?? []).stories).toEqual(
        good.stories,
      );
      digest = bad.digest;
    }
    await rm(file);
    const gone = await refreshPrd(file, digest);
    expect(gone).toMatchObject({ digest: 'ERR_PRD_NOT_FOUND', stories: null });
    expect(gone.problem).toContain('there is no file');
    expect((await refreshPrd(file, gone.digest)).problem).toBeNull();
    await writeFile(file, prd({ id: 'A', title: 'again' }));
    expect((await refreshPrd(file, gone.digest)).stories?.[0]?.title).toBe('again');
  });
});
