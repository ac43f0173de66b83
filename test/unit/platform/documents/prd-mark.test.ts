import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markStory } from '../../../../src/platform/documents/prd-mark.js';
import { parsePrdText } from '../../../../src/platform/documents/prd-document.js';

const fixtures = ['prd', 'prd-lists'].flatMap((folder) => {
  const url = new URL(`../../../fixtures/${folder}/`, import.meta.url);
  return readdirSync(url)
    .filter((name) => name !== 'README.md')
    .map((name) => ({ name, text: readFileSync(new URL(name, url), 'utf8') }));
});

/** How the same file may lie on a disk. */
const dresses: Record<string, (text: string) => string> = {
  plain: (text) => text,
  crlf: (text) => text.replaceAll(/\r?\n/g, '\r\n'),
  marked: (text) => `\uFEFF${text}`,
  unended: (text) => text.trimEnd(),
};

/** Number of lines that one text has and the other has not, side by side. */
function changedLines(before: string, after: string): string[] {
  const old = before.split('\n');
  return after.split('\n').filter((line, index) => line !== old[index]);
}

/** A story without a box or a status gets a box of its own, below its list of criteria. */
function isDoneWritten(name: string, id: string): boolean {
  if (name === 'ralph-tui-stories.md') return id === 'FEAT-1-2';
  if (name === 'plan-parts.md') return ['STEP-1', 'STEP-3'].includes(id);
  return ['spec-kit-spec.md', 'letter-stories.md'].includes(name);
}

describe('markStory', () => {
  it('sees every fixture', () => {
    expect(fixtures.map(({ name }) => name)).toHaveLength(58);
  });

  it.each(fixtures)('marks exactly one story of $name, and the text says so again', (fixture) => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(...Object.keys(dresses)),
        (pick, passes, dress) => {
          const text = dresses[dress]?.(fixture.text) ?? '';
          const before = parsePrdText(text, fixture.name);
          const target = before.stories[pick % before.stories.length];
          if (target === undefined) return fc.pre(false);
          const marking = { storyId: target.id, passes, file: fixture.name };
          const marked = markStory(text, marking);
          const after = parsePrdText(marked, fixture.name);
          const isBoxWritten = isDoneWritten(fixture.name, target.id);
          // notes tell how a story stands
          expect({ ...after, notes: [] }).toEqual({
            ...before,
            notes: [],
            stories: before.stories.map((story) =>
              story.id === target.id
                ? {
                    ...story,
                    passes,
                    ...(isBoxWritten && passes
                      ? { acceptanceCriteria: [...story.acceptanceCriteria, 'Done'] }
                      : {}),
                  }
                : story,
            ),
          });
          expect(markStory(marked, marking)).toBe(marked);
          if (target.passes === passes) expect(marked).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(fixtures)('says the same of $name whichever way it came about', ({ name, text }) => {
    for (const { id, passes } of parsePrdText(text, name).stories) {
      // a mark in a heading is taken away and comes back as a box
      if (['marked-headings.md US-001', 'plan-parts.md STEP-2'].includes(`${name} ${id}`)) continue;
      const there = markStory(text, { storyId: id, passes: !passes, file: name });
      const back = markStory(there, { storyId: id, passes, file: name });
      expect(there).not.toBe(text);
      expect(markStory(back, { storyId: id, passes: !passes, file: name })).toBe(there);
    }
  });

  it('changes one field of JSON and one line of the others', () => {
    const story = (name: string, storyId: string, passes = true): [string, string] => {
      const text = fixtures.find((fixture) => fixture.name === name)?.text ?? '';
      return [text, markStory(text, { storyId, passes, file: name })];
    };
    const cases: [string, string, boolean, string[]][] = [
      ['snarktank-example.json', 'US-002', true, ['      "passes": true,']],
      ['feature-list-array.json', 'T-001', true, ['    "passes": true']],
      [
        'feature-list-status.json',
        '2',
        true,
        [
          '\t\t{ "id": 2, "name": "checkout", "description": "Pay for the cart", "status": "passing", "depends_on": [1] }',
        ],
      ],
      [
        'feature-list-status.json',
        '1',
        false,
        [
          '\t\t{ "id": 1, "name": "cart", "title": "Cart", "status": "not-started", "evidence": "seen", "priority": "high",',
        ],
      ],
      ['ralph-tui-stories.md', 'US-002', true, ['- [x] A message is sent at the time']],
      [
        'ralph-tui-stories.md',
        'US-001',
        false,
        ['- [ ] A reminder has a time', '- [ ] `npm run test:store` passes'],
      ],
      ['ralphy-tasks.md', 'T-004', true, ['* [x] Receipts by mail']],
      ['ralphy-tasks.md', 'T-002', true, ['- [x] **Add a cart**', '  - [x] survives a reload']],
      ['ralphy-tasks.yaml', 'T-002', true, ['    completed: true']],
      ['ralphy-tasks.yaml', 'T-001', false, ['    completed: false']],
      [
        'tasks.jsonl',
        'task-1700000001-c3d4',
        true,
        [
          '{"id":"task-1700000001-c3d4","title":"Review the draft","status":"closed","priority":2,"blocked_by":["task-1700000000-a1b2"],"loop_id":"main"}',
        ],
      ],
    ];
    for (const [name, id, passes, lines] of cases) {
      const [before, after] = story(name, id, passes);
      expect(changedLines(before, after), `${name} ${id}`).toEqual(lines);
      expect(after.split('\n')).toHaveLength(before.split('\n').length);
    }
  });

  it('adds what is missing where it belongs', () => {
    const text = fixtures.find(({ name }) => name === 'ralphy-tasks.yaml')?.text ?? '';
    const file = 'tasks.yaml';
    expect(markStory(text, { storyId: 'T-003', passes: true, file })).toBe(
      `${text}    completed: true\n`,
    );
    const unended = 'tasks:\n  - title: a';
    expect(markStory(unended, { storyId: 'T-001', passes: true, file })).toBe(
      'tasks:\n  - title: a\n    completed: true',
    );
    const bullets = '### A-1: One\n\n**Acceptance Criteria:**\n- it works\n\n**Notes:** none\n';
    expect(markStory(bullets, { storyId: 'A-1', passes: true, file: 'prd.md' })).toBe(
      bullets.replace('- it works\n', '- it works\n- [x] Done\n'),
    );
    expect(markStory('### A-1: One\n', { storyId: 'A-1', passes: true, file: 'prd.md' })).toBe(
      '### A-1: One\n\n- [x] Done\n',
    );
    const line = '{"id":"a","title":"t"}\n{"id":"b","title":"t"}\n';
    const closed = markStory(line, { storyId: 'b', passes: true, file: 'tasks.jsonl' });
    expect(closed.split('\n')[0]).toBe('{"id":"a","title":"t"}');
    expect(JSON.parse(closed.split('\n')[1] ?? '')).toEqual({
      id: 'b',
      title: 't',
      status: 'closed',
    });
    expect(closed.split('\n')).toHaveLength(3);
  });

  it('marks a story of a file that has a mistake elsewhere', () => {
    const broken = '{"userStories":[{"id":"A","title":7},{"id":"B","passes":false}]}';
    expect(markStory(broken, { storyId: 'B', passes: true, file: 'prd.json' })).toBe(
      '{"userStories":[{"id":"A","title":7},{"id":"B","passes":true}]}',
    );
  });

  it.each([
    ['{"userStories":[{"id":"A"}]}', 'prd.json'],
    ['{"name":"x"}', 'prd.json'],
    ['### A-1: One\n', 'prd.md'],
    ['- [ ] a\n', 'PRD.md'],
    ['tasks:\n  - title: a\n', 'tasks.yaml'],
    ['{"id":"a","title":"t"}\n', 'tasks.jsonl'],
  ])('names a story that is gone from %j', (text, file) => {
    expect(() => markStory(text, { storyId: 'B', passes: true, file })).toThrow(
      expect.objectContaining({ code: 'ERR_STORY_MISSING', where: { file, story: 'B' } }),
    );
  });

  it('refuses to add a field to a YAML mapping in braces', () => {
    const text = 'tasks: [{ title: a }]\n';
    expect(() => markStory(text, { storyId: 'T-001', passes: true, file: 'tasks.yaml' })).toThrow(
      expect.objectContaining({ code: 'ERR_YAML_INVALID' }),
    );
  });
});
