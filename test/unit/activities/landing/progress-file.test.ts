import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendProgress,
  learnedSoFar,
  progressEntry,
} from '../../../../src/activities/landing/progress-file.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const entryOf = (changes = {}, id = 'US-001'): string =>
  progressEntry({
    runId: 'run-1',
    story: story(id),
    attempt: attemptRecord(changes),
    commit: null,
  });

describe('progressEntry', () => {
  it('names story, attempt, run, commit, files and what was learned', () => {
    expect(
      progressEntry({
        runId: 'run-1',
        story: story('US-001', { title: 'Login' }),
        attempt: attemptRecord({
          number: 2,
          summary: 'Made it.',
          learnings: ['use vitest', 'keep it small'],
          changedFiles: ['a.ts', 'b.ts'],
        }),
        commit: '0123456789abcdef0123456789abcdef01234567',
      }),
    ).toBe(
      [
        '## US-001 attempt 2: passed (run run-1)',
        'Login. all checks passed.',
        'Commit: 0123456789ab',
        'Files: a.ts, b.ts',
        'Made it.',
        '- use vitest',
        '- keep it small',
        '',
        '',
      ].join('\n'),
    );
  });

  it('has one heading, whatever an agent wrote', () => {
    fc.assert(
      fc.property(
        fc.record({
          summary: fc.stringMatching(/^(#{0,3} ?[ab]{0,3}\n){0,4}$/),
          reason: fc.stringMatching(/^#{0,3} [ab]{1,3}$/),
          learnings: fc.array(fc.stringMatching(/^(#{0,3} [ab]{0,3}\n){0,2}$/), { maxLength: 3 }),
          changedFiles: fc.array(fc.constantFrom('a', 'b\n## c', '#d'), { maxLength: 3 }),
        }),
        (changes) => {
          const headings = entryOf(changes)
            .split('\n')
            .filter((line) => line.startsWith('#'));
          expect(headings).toEqual(['## US-001 attempt 1: passed (run run-1)']);
        },
      ),
    );
  });
});

describe('appendProgress', () => {
  it('loses no entry of writers that come at the same time, nor what a person writes', async () => {
    const folder = await temporaryFolder();
    const prd = join(folder, 'prd.json');
    await writeFile(join(folder, 'progress.txt'), '# mine\nwithout a line break');
    const ids = Array.from({ length: 20 }, (_, index) => `US-${index + 100}`);
    await Promise.all(ids.map((id) => appendProgress(prd, entryOf({}, id))));
    const text = await readFile(join(folder, 'progress.txt'), 'utf8');
    expect(text.startsWith('# mine\nwithout a line break\n## US-1')).toBe(true);
    expect(text.match(/^## US-\d+/gm)?.sort()).toEqual(ids.map((id) => `## ${id}`));
  });

  it('makes the file with its patterns section and adds an entry only once', async () => {
    const folder = await temporaryFolder();
    const prd = join(folder, 'prd.json');
    const entry = entryOf();
    await appendProgress(prd, entry);
    await appendProgress(prd, entry);
    expect(await readFile(join(folder, 'progress.txt'), 'utf8')).toBe(
      `# Progress\n\n## Codebase Patterns\n\n${entry}`,
    );
  });

  it('ends with the same file however often entries are repeated', async () => {
    const entries = ['US-001', 'US-002', 'US-003'].map((id) => entryOf({}, id));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { maxLength: 4 }), async (repeats) => {
        const [once, often] = [await temporaryFolder(), await temporaryFolder()];
        for (const entry of entries) {
          await appendProgress(join(once, 'prd.json'), entry);
          await appendProgress(join(often, 'prd.json'), entry);
        }
        for (const index of repeats)
          await appendProgress(join(often, 'prd.json'), entries[index] ?? '');
        expect(await readFile(join(often, 'progress.txt'), 'utf8')).toBe(
          await readFile(join(once, 'progress.txt'), 'utf8'),
        );
      }),
      { numRuns: 10 },
    );
  });

  it('keeps what a person wrote, also without a line end', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'progress.txt'), 'my own notes');
    await appendProgress(join(folder, 'prd.json'), entryOf());
    expect(await readFile(join(folder, 'progress.txt'), 'utf8')).toBe(`my own notes\n${entryOf()}`);
  });
});

describe('learnedSoFar', () => {
  it('gives the patterns first, then the entries', () => {
    const text = `# Progress\n\n## Codebase Patterns\n\nuse pnpm\n\n${entryOf()}`;
    expect(learnedSoFar(text)).toBe(`use pnpm\n\n${entryOf().trim()}`);
  });

  it('gives nothing for a file that holds nothing yet', () => {
    expect(learnedSoFar('')).toBe('');
    expect(learnedSoFar('# Progress\n\n## Codebase Patterns\n\n')).toBe('');
  });

  it('keeps the end of a long history and the start of long patterns', () => {
    const text = `# Progress\n\n## Codebase Patterns\n\n${'p'.repeat(9000)}\n\n## old\n${'x'.repeat(9000)}\nnewest\n`;
    const learned = learnedSoFar(text);
    expect(learned.length).toBeLessThan(4 * 1024 + 8 * 1024 + 10);
    expect(learned.startsWith('ppp')).toBe(true);
    expect(learned.endsWith('xxx\nnewest')).toBe(true);
    expect(learned).not.toContain('## old');
  });
});
