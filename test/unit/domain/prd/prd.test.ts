import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { branchNameProblem } from '../../../../src/domain/prd/branch-name.js';
import { parsePrd } from '../../../../src/domain/prd/json/json-prd.js';
import { PrdInvalidError, type Prd } from '../../../../src/domain/prd/prd.js';
import { prdTemplate } from '../../../../src/domain/prd/template.js';

const minimal = {
  project: 'demo',
  feature: 'Hello',
  user_stories: [{ id: 'US-001', title: 'Greet' }],
};

function problemsOf(
  value: unknown,
): { message: string; field: string | undefined; story: string | undefined }[] {
  try {
    parsePrd(value, 'prd.json');
  } catch (error) {
    if (!(error instanceof PrdInvalidError)) throw error;
    return error.problems.map(({ message, where }) => ({
      message,
      field: where.field,
      story: where.story,
    }));
  }
  return [];
}

describe('parsePrd', () => {
  it('fills in the defaults of the codetether format', () => {
    expect(parsePrd(minimal, 'prd.json')).toEqual<Prd>({
      format: 'codetether',
      project: 'demo',
      feature: 'Hello',
      branchName: '',
      stories: [
        {
          id: 'US-001',
          title: 'Greet',
          description: '',
          acceptanceCriteria: [],
          passes: false,
          priority: 1,
          dependsOn: [],
          complexity: 3,
          verificationSteps: [],
        },
      ],
      technicalRequirements: [],
      qualityChecks: [],
      notes: [],
    });
  });

  it('orders checks typecheck, lint, test, build, then the others as written, and drops empty ones', () => {
    const prd = parsePrd(
      {
        ...minimal,
        quality_checks: {
          docs: 'd',
          build: 'b',
          test: 't',
          lint: null,
          typecheck: 'c',
          audit: ' ',
        },
      },
      'prd.json',
    );
    expect(prd.qualityChecks).toEqual([
      { name: 'typecheck', command: 'c' },
      { name: 'test', command: 't' },
      { name: 'build', command: 'b' },
      { name: 'docs', command: 'd' },
    ]);
  });

  it('reports every wrong field at once, with story and field', () => {
    expect(
      problemsOf({
        feature: 3,
        user_stories: [
          { id: 'US-001', title: '' },
          { id: 'US-002', title: 'ok', priority: 300, passes: 'yes' },
        ],
      }),
    ).toEqual([
      { message: 'must be a string', field: 'feature', story: undefined },
      { message: 'must not be empty', field: 'user_stories[0].title', story: 'US-001' },
      { message: 'must be true or false', field: 'user_stories[1].passes', story: 'US-002' },
      { message: 'must be at most 255', field: 'user_stories[1].priority', story: 'US-002' },
    ]);
  });

  it('finds duplicate ids, unknown dependencies and cycles', () => {
    const stories = [
      { id: 'A', title: 'a', depends_on: ['B'] },
      { id: 'B', title: 'b', depends_on: ['C'] },
      { id: 'C', title: 'c', dependencies: ['A'] },
      { id: 'C', title: 'again', depends_on: ['nowhere'] },
    ];
    expect(problemsOf({ ...minimal, user_stories: stories })).toEqual([
      {
        message: 'id "C" is already used by user_stories[2]',
        field: 'user_stories[3].id',
        story: 'C',
      },
      {
        message: 'depends on "nowhere", which is not a story of this PRD',
        field: 'user_stories[3].depends_on[0]',
        story: 'C',
      },
    ]);
    expect(problemsOf({ ...minimal, user_stories: stories.slice(0, 3) })).toEqual([
      {
        message: 'dependencies go in a circle: A -> B -> C -> A',
        field: 'user_stories[0].depends_on',
        story: 'A',
      },
    ]);
  });

  it('finds a story that depends on itself', () => {
    expect(
      problemsOf({ ...minimal, user_stories: [{ id: 'A', title: 'a', depends_on: ['A'] }] }),
    ).toHaveLength(1);
  });

  it.each([
    ['an empty list', { ...minimal, user_stories: [] }, 'holds no story'],
    ['no list', { project: 'p', feature: 'f' }, 'is missing'],
    ['a list of words', { ...minimal, user_stories: 'US-001' }, 'must be a list of stories'],
    ['an array at the top', [], /^looks like none of the formats that are known: codetether/],
    ['null', null, /snarktank or ralph-tui JSON .* feature_list.json .* ralphy Markdown/],
    ['some other document', { name: 'x', scripts: {} }, /^looks like none of the formats/],
  ])('refuses %s of stories', (_name, value, message) => {
    const problems = problemsOf(value).map((problem) => problem.message);
    expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it('refuses a branch name that git would refuse', () => {
    expect(problemsOf({ ...minimal, branch_name: 'a..b' })).toEqual([
      { message: '"a..b" is not a valid git branch name', field: 'branch_name', story: undefined },
    ]);
  });

  it.each(['codetether-unused-code.json', 'codetether-missing-features.json'])(
    'reads %s as its owner does',
    (name) => {
      const text = readFileSync(new URL(`../../../fixtures/prd/${name}`, import.meta.url), 'utf8');
      const raw = JSON.parse(text) as { user_stories: { id: string }[] };
      const prd = parsePrd(raw, name);
      expect(prd.stories.map((story) => story.id)).toEqual(
        raw.user_stories.map((story) => story.id),
      );
    },
  );

  it('reads the template that create-prd writes', () => {
    const text = prdTemplate({
      feature: 'Log In',
      project: 'demo',
      createdAt: '2026-01-01T00:00:00Z',
    });
    expect(parsePrd(JSON.parse(text), 'prd.json')).toMatchObject({
      project: 'demo',
      feature: 'Log In',
      branchName: 'feature/log-in',
    });
  });
});

describe('branchNameProblem', () => {
  it.each(['main', 'feature/login', 'a.b', 'x@y'])('accepts %s', (name) => {
    expect(branchNameProblem(name)).toBeUndefined();
  });

  it.each([
    '',
    'a b',
    'a..b',
    '-x',
    '/x',
    'x/',
    'x.lock',
    'x~1',
    'a//b',
    '.x',
    'a/.b',
    '@',
    'a@{1}',
    'x.',
  ])('refuses "%s"', (name) => {
    expect(branchNameProblem(name)).toBe(`"${name}" is not a valid git branch name`);
  });
});
