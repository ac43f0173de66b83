import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PrdInvalidError, type Prd } from '../../../../src/domain/prd/prd.js';
import { type Story } from '../../../../src/domain/run/story.js';
import { parsePrdText, prdNotation } from '../../../../src/platform/documents/prd-document.js';

function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/prd/${name}`, import.meta.url), 'utf8');
}

function read(name: string): Prd {
  return parsePrdText(fixture(name), name);
}

const facts = (story: Story | undefined) => [
  story?.id,
  story?.title,
  story?.passes,
  story?.priority,
  story?.dependsOn,
];

/** Place and message of every problem of a text. */
function problems(text: string, file: string): string[] {
  try {
    parsePrdText(text, file);
  } catch (error) {
    if (!(error instanceof PrdInvalidError)) throw error;
    return error.problems.map(
      ({ message, where }) => `${where.line} ${where.story} ${where.field}: ${message}`,
    );
  }
  return [];
}

describe('parsePrdText', () => {
  it.each([
    ['codetether-unused-code.json', 'codetether', 10, 10],
    ['codetether-missing-features.json', 'codetether', 10, 10],
    ['snarktank-example.json', 'snarktank', 4, 0],
    ['ralph-tui-conflict.json', 'ralph-tui', 4, 0],
    ['ralph-tui-sample.json', 'ralph-tui', 2, 0],
    ['ralph-tui-stories.md', 'ralph-tui-markdown', 3, 1],
    ['feature-list-array.json', 'feature-list', 2, 1],
    ['feature-list-status.json', 'feature-list', 2, 1],
    ['ralphy-tasks.md', 'ralphy-markdown', 4, 1],
    ['ralphy-tasks.yaml', 'ralphy-tasks', 3, 1],
    ['tasks.jsonl', 'ralph-orchestrator', 3, 1],
  ])('recognises %s as %s', (name, ...expected) => {
    const prd = read(name);
    expect([
      prd.format,
      prd.stories.length,
      prd.stories.filter((story) => story.passes).length,
    ]).toEqual(expected);
  });

  it('reads snarktank with its branch, and stories in their order', () => {
    const prd = read('snarktank-example.json');
    expect(prd).toMatchObject({
      project: 'MyApp',
      feature: 'Task Priority System - Add priority levels to tasks',
      branchName: 'ralph/task-priority',
    });
    expect(prd.stories.map((story) => story.priority)).toEqual([1, 2, 3, 4]);
    expect(prd.stories[0]?.acceptanceCriteria).toHaveLength(3);
    expect(prd.stories.flatMap((story) => story.verificationSteps)).toEqual([]);
  });

  it('reads a name instead of a project, dependencies and notes for the agent of ralph-tui', () => {
    expect(read('ralph-tui-conflict.json').stories[3]?.dependsOn).toEqual([
      'CONFLICT-001',
      'CONFLICT-002',
      'CONFLICT-003',
    ]);
    expect(read('ralph-tui-sample.json')).toMatchObject({
      project: 'Sample Feature',
      feature: 'A sample feature for testing purposes',
      branchName: 'feature/sample-feature',
      technicalRequirements: ['Sample data for unit tests', 'Must match GeneratedPrd interface'],
    });
  });

  it('reads Markdown stories with boxes, labels, quality gates and commands', () => {
    const prd = read('ralph-tui-stories.md');
    expect(prd).toMatchObject({
      project: 'Task notifications',
      branchName: 'feature/notify',
      qualityChecks: [
        { name: 'typecheck', command: 'npm run typecheck' },
        { name: 'test', command: 'npm test' },
      ],
    });
    expect(prd.stories.map(facts)).toEqual([
      ['US-001', 'Store a reminder', true, 1, []],
      ['US-002', 'Send a reminder', false, 2, ['US-001']],
      ['FEAT-1-2', 'List reminders', false, 3, ['US-001', 'US-002']],
    ]);
    expect(prd.stories[0]).toMatchObject({
      description: 'As a person, I want to store a reminder so that I do not forget.',
      acceptanceCriteria: ['A reminder has a time', '`npm run test:store` passes'],
      verificationSteps: [{ type: 'shell', command: 'npm run test:store' }],
    });
    expect(prd.stories[2]?.acceptanceCriteria).toEqual(['sorted by time', 'shows the state']);
  });

  it('reads check boxes as tasks with ids by position, and what is indented as their criteria', () => {
    const prd = read('ralphy-tasks.md');
    expect(prd.project).toBe('Shop');
    expect(prd.stories.map(facts)).toEqual([
      ['T-001', 'Set up the project', true, 1, []],
      ['T-002', 'Add a cart', false, 1, []],
      ['API-7', 'Checkout by card', false, 1, []],
      ['T-004', 'Receipts by mail', false, 1, []],
    ]);
    expect(prd.stories[1]).toMatchObject({
      description: 'It is kept per visitor.',
      acceptanceCriteria: ['survives a reload', '`npm run test:cart`'],
      verificationSteps: [{ type: 'shell', command: 'npm run test:cart' }],
    });
  });

  it('keeps ids when tasks are ticked off', () => {
    const ticked = fixture('ralphy-tasks.md').replaceAll('[ ]', '[x]');
    expect(parsePrdText(ticked, 'PRD.md').stories.map(({ id }) => id)).toEqual(
      read('ralphy-tasks.md').stories.map(({ id }) => id),
    );
  });

  it('reads YAML groups as an order', () => {
    expect(read('ralphy-tasks.yaml').stories.map(facts)).toEqual([
      ['T-001', 'Create the user model', true, 1, []],
      ['T-002', 'Create the post model', false, 1, []],
      ['T-003', 'Join them', false, 1, ['T-001', 'T-002']],
    ]);
  });

  it('reads feature lists by steps or acceptance, passes or status, and plain commands as verification', () => {
    const [chat] = read('feature-list-array.json').stories;
    expect(facts(chat)).toEqual([
      'T-001',
      'New chat button starts an empty conversation',
      false,
      1,
      [],
    ]);
    expect(chat?.verificationSteps).toMatchObject([{ command: 'npm run e2e -- chat' }]);
    const { project, stories } = read('feature-list-status.json');
    expect(project).toBe('shop');
    expect(stories.map(facts)).toEqual([
      ['1', 'Cart', true, 2, []],
      ['2', 'checkout', false, 1, ['1']],
    ]);
    expect(stories[0]?.verificationSteps).toMatchObject([{ command: 'npm test -- cart' }]);
  });

  it('reads tasks by line', () => {
    expect(read('tasks.jsonl').stories.map(facts)).toEqual([
      ['task-1700000000-a1b2', 'Write the draft', true, 1, []],
      ['task-1700000001-c3d4', 'Review the draft', false, 2, ['task-1700000000-a1b2']],
      ['task-1700000002-e5f6', 'Print it', false, 2, ['task-1700000001-c3d4']],
    ]);
  });

  it('takes the verification steps of codetether over', () => {
    const document = {
      project: 'p',
      feature: 'f',
      user_stories: [
        {
          id: 'A',
          title: 'a',
          verification_steps: [
            { type: 'shell', command: 'npm test', cwd: 'web', expect_output_contains: ['ok'] },
            { type: 'file_exists', name: 'page', path: 'dist/*.html', glob: true },
            { type: 'url', url: 'http://localhost:8080/', timeout_secs: 1.5 },
          ],
        },
      ],
    };
    expect(
      parsePrdText(JSON.stringify(document), 'prd.json').stories[0]?.verificationSteps,
    ).toEqual([
      {
        type: 'shell',
        command: 'npm test',
        cwd: 'web',
        expectOutputContains: ['ok'],
        expectFilesGlob: [],
      },
      { type: 'file_exists', name: 'page', path: 'dist/*.html', glob: true },
      {
        type: 'url',
        url: 'http://localhost:8080/',
        method: 'GET',
        expectStatus: 200,
        expectBodyContains: [],
        timeoutMs: 1500,
      },
    ]);
  });
});

describe('the problems of a PRD', () => {
  it('come at once for codetether steps', () => {
    const text = `{"project":"p","feature":"f","user_stories":[{"id":"A","title":"a","verification_steps":[
      {"type":"shell"},
      {"type":"ftp"},
      {"type":"url","url":"nowhere","timeout_secs":-1}]}]}`;
    expect(problems(text, 'prd.json')).toEqual([
      '2 A user_stories[0].verification_steps[0].command: is missing',
      '3 A user_stories[0].verification_steps[1].type: must be an object with type shell, file_exists or url',
      '4 A user_stories[0].verification_steps[2].url: must be an http or https address',
      '4 A user_stories[0].verification_steps[2].timeout_secs: must be more than 0',
    ]);
  });

  it('come at once for userStories', () => {
    const text = `{"userStories":[
      {"id":"A","priority":"sometime"},
      {"id":"B","title":"b","acceptanceCriteria":"one"}]}`;
    expect(problems(text, 'prd.json')).toEqual([
      '2 A userStories[0].title: is missing',
      '2 A userStories[0].priority: must be a whole number (1 is the highest), P1 to P9, or critical, high, medium, low',
    ]);
    const whole = `{"name":"n","branchName":"a..b","userStories":[
      {"id":"A","title":"a","dependsOn":["B"]},
      {"id":"B","title":"b","blockedBy":["A","C"]},
      {"id":"A","title":"again"}]}`;
    expect(problems(whole, 'prd.json')).toEqual([
      '4 A userStories[2].id: id "A" is already used by userStories[0]',
      '3 B userStories[1].blockedBy[1]: depends on "C", which is not a story of this PRD',
      '1 undefined branchName: "a..b" is not a valid git branch name',
    ]);
  });

  it('come at once for feature lists', () => {
    const text = `[
      {"passes":"yes","steps":["x"]},
      {"id":{},"description":"d"}]`;
    expect(problems(text, 'feature_list.json')).toEqual([
      '2 undefined [0].title: is missing, and so are name and description',
      '2 undefined [0].passes: must be true or false',
      '3 undefined [1].id: must be a string or a number',
    ]);
    expect(problems('{"features":[{"steps":[]}, {"name":"n","depends_on":["9"]}]}', 'f')).toEqual([
      '1 undefined features[0].title: is missing, and so are name and description',
      '1 undefined features[1].depends_on[0]: depends on "9", which is not a story of this PRD',
    ]);
    expect(
      problems('[{"name":"n","depends_on":["9"]},{"name":"n","depends_on":"T-002"}]', 'f'),
    ).toEqual([
      '1 undefined [0].depends_on[0]: depends on "9", which is not a story of this PRD',
      '1 undefined [1].depends_on: dependencies go in a circle: T-002 -> T-002',
    ]);
  });

  it('come at once for Markdown stories', () => {
    const text = [
      '# PRD: X',
      '> Branch: a..b',
      '### US-001: One',
      '**Priority:** soon',
      '**Depends on:** US-009',
      '### US-001: Again',
      '- [ ] x',
    ].join('\r\n');
    expect(problems(text, 'prd.md')).toEqual([
      '4 US-001 Priority: must be a whole number (1 is the highest), P1 to P9, or critical, high, medium, low',
      '6 US-001 undefined: id "US-001" is already used by line 3',
      '5 US-001 undefined: depends on "US-009", which is not a story of this PRD',
      '2 undefined Branch: "a..b" is not a valid git branch name',
    ]);
  });

  it('come at once for check boxes', () => {
    expect(problems('- [ ] A-1: x\n- [ ] A-1: y\n- [x] A-1: z\n', 'PRD.md')).toEqual([
      '2 A-1 undefined: id "A-1" is already used by line 1',
      '3 A-1 undefined: id "A-1" is already used by line 1',
    ]);
  });

  it('come at once for YAML, and for tasks by line', () => {
    expect(
      problems('tasks:\n  - title: 7\n  - title: b\n    completed: maybe\n', 'tasks.yaml'),
    ).toEqual([
      '2 undefined tasks[0].title: must be a string',
      '4 undefined tasks[1].completed: must be true or false',
    ]);
    expect(problems('{"id":"a"}\n{"id":\n\n["x"]\n', 'tasks.jsonl')).toEqual([
      '1 a title: is missing',
      '2 undefined undefined: is not valid JSON',
      '4 undefined undefined: must be a JSON object',
    ]);
    expect(
      problems('{"id":"a","title":"t","blocked_by":["b"]}\n{"id":"a","title":"u"}', 'tasks.jsonl'),
    ).toEqual([
      '2 a id: id "a" is already used by line 1',
      '1 a blocked_by: depends on "b", which is not a story of this PRD',
    ]);
  });

  it.each([
    ['{"name":"x"}', 'package.json'],
    ['[1, 2]', 'list.json'],
    ['# Notes\n\nNothing to do.\n', 'notes.md'],
    ['tasks: none\n', 'tasks.yaml'],
    ['{"tasks":[{"name":"suite","prompt_file":"p.md"}]}', 'suite.json'],
  ])('name the formats when it is none of them: %s', (text, file) => {
    const [only, ...others] = problems(text, file);
    expect(others).toEqual([]);
    expect(only).toMatch(
      /looks like none of the formats.*"user_stories".*tasks\.jsonl.*check boxes/,
    );
  });

  it.each([
    ['{"a": ', 'prd.json', 'ERR_JSON_INVALID', 1],
    ['', 'prd.json', 'ERR_JSON_INVALID', 1],
    ['not json', 'prd.json', 'ERR_JSON_INVALID', 1],
    ['tasks:\n  - title: "x\n', 'tasks.yml', 'ERR_YAML_INVALID', 3],
  ])('are about the notation when that is broken: %j', (text, file, ...[code, line]) => {
    expect(() => parsePrdText(text, file)).toThrow(
      expect.objectContaining({ code, where: { file, line } }),
    );
  });
});

describe('a PRD that no run could carry', () => {
  it('is refused before anything starts', () => {
    expect(() => parsePrdText('- [ ] a task\n'.repeat(20_000), 'PRD.md')).toThrow(
      expect.objectContaining({ code: 'ERR_PRD_UNREADABLE', where: { file: 'PRD.md' } }),
    );
  });

  it('is not just one with a long chain of stories', () => {
    const stories = Array.from({ length: 5000 }, (_, index) => ({
      id: `S-${index}`,
      title: 't',
      depends_on: index === 0 ? [] : [`S-${index - 1}`],
    }));
    const text = JSON.stringify({ project: 'p', feature: 'f', user_stories: stories });
    expect(parsePrdText(text, 'prd.json').stories).toHaveLength(5000);
    expect(
      problems(text.replace('"depends_on":[]', '"depends_on":["S-4999"]'), 'prd.json'),
    ).toEqual([expect.stringMatching(/circle: S-0 -> S-4999 -> S-4998/)]);
  });
});

describe('prdNotation', () => {
  it.each([
    ['\uFEFF {"a":1}', 'x', 'json'],
    ['{"a":1}\n{"a":2}\n', 'x', 'json-lines'],
    ['{"a":1}', 'tasks.jsonl', 'json-lines'],
    ['{\n"a":1\n}', 'x', 'json'],
    ['tasks:\n  - title: x\n', 'x', 'yaml'],
    ['---\ntitle: front matter\n---\n- [ ] task\n', 'PRD.md', 'markdown'],
    ['Tasks\n- [ ] a', 'x', 'markdown'],
    ['[ ] a', 'x', 'markdown'],
  ])('of %j in %s is %s', (text, file, notation) => {
    expect(prdNotation(text, file)).toBe(notation);
  });
});
