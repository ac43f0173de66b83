import { describe, expect, it } from 'vitest';
import { parsePrd } from '../../../../src/domain/prd/json/json-prd.js';
import { draftPrompt } from '../../../../src/activities/draft/prd-prompt.js';
import { readDraft } from '../../../../src/activities/draft/read-prd.js';
import type { DraftPrdInput } from '../../../../src/contracts/draft-prd.js';

const input: DraftPrdInput = {
  model: { provider: 'double', model: 'scripted' },
  request: 'Say hello.\n',
  project: 'demo',
  feature: null,
  repository: { files: ['src/', 'package.json'], readme: '# Demo', checks: [] },
};
const createdAt = '2026-01-02T03:04:05.000Z';
const draft = {
  project: 'whatever',
  feature: 'Hello',
  branch_name: '',
  user_stories: [{ id: 'US-001', title: 'Greet', acceptance_criteria: ['says hi'], passes: true }],
  quality_checks: { test: 'make believe' },
};

describe('an empty repository', () => {
  const checks = [
    { name: 'typecheck', command: 'npm run typecheck' },
    { name: 'test', command: 'npm test' },
  ];
  const empty = (proposed: NonNullable<DraftPrdInput['repository']['proposed']>) => ({
    ...input,
    repository: { files: ['README.md'], readme: '', checks: [], proposed },
  });

  it('gets the proposed checks, and its first story creates them', () => {
    const stories = [
      { id: 'US-001', title: 'Later', depends_on: ['US-002'] },
      { id: 'US-002', title: 'First', acceptance_criteria: ['`npm test` is green'] },
    ];
    const answer = JSON.stringify({ ...draft, user_stories: stories });
    const { text } = readDraft(answer, {
      input: empty({ language: 'TypeScript', checks }),
      createdAt,
    });
    const prd = parsePrd(JSON.parse(text ?? ''), 'prd.json', () => undefined);
    expect(prd.qualityChecks).toEqual(checks);
    expect(prd.stories.map((story) => [story.acceptanceCriteria, story.verificationSteps])).toEqual(
      [
        [[], []],
        [
          [
            '`npm test` is green',
            'These commands exist and end with exit code 0: `npm run typecheck`',
          ],
          [],
        ],
      ],
    );
  });

  it('gets no checks, whatever the model says, when the description names no language', () => {
    const { text } = readDraft(JSON.stringify(draft), {
      input: empty({ language: null, checks: [] }),
      createdAt,
    });
    expect(JSON.parse(text ?? '')).toMatchObject({
      quality_checks: { typecheck: null, lint: null, test: null, build: null },
    });
  });

  it('is named to the model, with the checks that the first story creates', () => {
    expect(draftPrompt(empty({ language: 'TypeScript', checks }))).toContain(
      'The repository is empty: the first story sets the project up. Checks that it creates with everything that they need, and that go into quality_checks:\n- typecheck: npm run typecheck\n- test: npm test',
    );
    expect(draftPrompt(empty({ language: null, checks: [] }))).toContain(
      'The repository is empty: the first story sets the project up. quality_checks are all null.',
    );
  });
});

describe('readDraft', () => {
  it('gives a PRD of our format with open stories, named as the request says', () => {
    const { text, problems } = readDraft(JSON.stringify(draft), { input, createdAt });
    expect(problems).toEqual([]);
    expect(JSON.parse(text ?? '')).toEqual({
      project: 'demo',
      feature: 'Hello',
      branch_name: 'feature/hello',
      version: '1.0',
      user_stories: [
        {
          id: 'US-001',
          title: 'Greet',
          description: '',
          acceptance_criteria: ['says hi'],
          passes: false,
          priority: 1,
          depends_on: [],
          complexity: 3,
        },
      ],
      technical_requirements: [],
      quality_checks: { typecheck: null, lint: null, test: 'make believe', build: null },
      created_at: createdAt,
      updated_at: createdAt,
    });
  });

  it('takes known checks over made-up ones, and a given name of the feature', () => {
    const known = {
      ...input,
      feature: 'Greeting',
      repository: { ...input.repository, checks: [{ name: 'test', command: 'npm run test' }] },
    };
    const { text } = readDraft(JSON.stringify(draft), { input: known, createdAt });
    expect(JSON.parse(text ?? '')).toMatchObject({
      feature: 'Greeting',
      branch_name: 'feature/greeting',
      quality_checks: { test: 'npm run test' },
    });
  });

  it.each([
    ['a fence', (json: string) => `\`\`\`json\n${json}\n\`\`\``],
    ['sentences', (json: string) => `Here it is:\n${json}\nEnjoy!`],
  ])('finds the object inside %s', (_name, dress) => {
    expect(readDraft(dress(JSON.stringify(draft)), { input, createdAt }).problems).toEqual([]);
  });

  it('lists what is wrong, in words for the model', () => {
    const stories = [
      { id: 'US-001', title: 'a', depends_on: ['US-002'] },
      { id: 'US-002', depends_on: ['US-001', 'US-009'] },
    ];
    const answer = JSON.stringify({ ...draft, user_stories: stories });
    expect(readDraft(answer, { input, createdAt })).toEqual({
      text: null,
      problems: [
        'story US-002, field user_stories[1].title: is missing',
        'story US-002, field user_stories[1].depends_on[1]: depends on "US-009", which is not a story of this PRD',
        'story US-001, field user_stories[0].depends_on: dependencies go in a circle: US-001 -> US-002 -> US-001',
      ],
    });
  });

  it.each([
    ['I cannot do that.', /not valid JSON/],
    ['', /empty/],
    ['{"tasks": []}', /none of the formats/],
  ])('says so when there is no PRD in %j', (answer, problem) => {
    const { text, problems } = readDraft(answer, { input, createdAt });
    expect(text).toBeNull();
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe('draftPrompt', () => {
  it('tells what is wanted and what the repository is like, and leaves out what is not known', () => {
    expect(draftPrompt(input)).toBe(
      'Project: demo\n\nWhat is wanted:\nSay hello.\n\nFiles at the top of the repository:\nsrc/\npackage.json\n\nBeginning of its README:\n# Demo',
    );
  });
});
