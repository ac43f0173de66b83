import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCodetetherError } from '../../../../src/domain/prd/prd.js';
import { markStory } from '../../../../src/platform/documents/prd-mark.js';
import { parsePrdText } from '../../../../src/platform/documents/prd-document.js';

/** Fixed, so that a failure is one that everybody sees. */
const SEED = 20_261_128;
const RUNS = 600;

const fixtures = ['prd', 'prd-lists'].flatMap((folder) => {
  const url = new URL(`../../../fixtures/${folder}/`, import.meta.url);
  return readdirSync(url).map((name) => ({ name, text: readFileSync(new URL(name, url), 'utf8') }));
});
/** Pieces that have a meaning in one of the notations. */
const PIECES = [
  '- [ ] ',
  '- [x]',
  '### US-001: ',
  '```\n',
  '<!--',
  '---\n',
  '{"tasks":[',
  '{"userStories":',
  '"id"',
  '"passes": ',
  'null',
  '[]',
  '},',
  '\n',
  '\t',
  '\0',
  '\u202e',
  '\uD800',
  '~~',
  '**',
  'Status: Done',
  '__proto__',
  '1e999',
  '\r\n',
  'depends_on',
];

interface Damage {
  readonly at: number;
  readonly cut: number;
  readonly piece: string;
}

const damage = fc.record({
  at: fc.nat(4000),
  cut: fc.nat(40),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 12, unit: 'binary' })),
});

function damaged(text: string, places: readonly Damage[]): string {
  return places.reduce((so, { at, cut, piece }) => {
    const start = at % (so.length + 1);
    return `${so.slice(0, start)}${piece}${so.slice(start + cut)}`;
  }, text);
}

/** Whatever a text holds, it is a PRD or a refusal with a place; and what is a PRD can be marked. */
function survives(text: string, file: string): void {
  let ids: readonly string[] = [];
  try {
    const prd = parsePrdText(text, file);
    ids = prd.stories.map(({ id }) => id);
    for (const { title } of prd.stories) expect(title).toMatch(/^\P{Cc}+$/u);
    JSON.stringify(prd);
  } catch (error) {
    if (!isCodetetherError(error)) throw error;
    expect([error.code, error.exitCode]).toEqual([expect.stringMatching(/^ERR_/), 2]);
  }
  for (const storyId of ids.slice(0, 3)) {
    try {
      const marked = markStory(text, { storyId, passes: true, file });
      const again = parsePrdText(marked, file).stories.find(({ id }) => id === storyId);
      expect(again?.passes).toBe(true);
    } catch (error) {
      // a file that can be read and not be edited is named, and left alone
      if (!isCodetetherError(error)) throw error;
    }
  }
}

describe('a PRD of any content', () => {
  it(`is read or refused: ${RUNS} damaged files`, () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        (fixture, places) => {
          seen += 1;
          survives(damaged(fixture.text, places), fixture.name);
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
    expect(seen).toBeGreaterThanOrEqual(RUNS);
  });

  it(`is read or refused: ${RUNS} documents of arbitrary values`, () => {
    const stories = fc.array(
      fc.dictionary(
        fc.constantFrom(
          'id',
          'title',
          'status',
          'passes',
          'done',
          'priority',
          'dependsOn',
          'criteria',
          'verification_steps',
          'complexity',
          'notes',
          'subtasks',
        ),
        fc.jsonValue({ maxDepth: 3 }),
      ),
      { maxLength: 4 },
    );
    const keys = fc.constantFrom(
      'user_stories',
      'userStories',
      'stories',
      'features',
      'tasks',
      'epics',
    );
    fc.assert(
      fc.property(keys, stories, fc.jsonValue({ maxDepth: 2 }), (key, list, project) => {
        survives(JSON.stringify({ project, [key]: list }), 'prd.json');
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('is refused by name where it is nested deeper than the stack', () => {
    const deep = `{"userStories":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(() => parsePrdText(deep, 'prd.json')).toThrow(
      expect.objectContaining({ code: 'ERR_JSON_INVALID' }),
    );
  });
});
