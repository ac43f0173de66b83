import { beforeEach, describe, expect, it, vi } from 'vitest';
import { addSayCommand } from '../../../../src/cli/ralph/say.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { commandBench } from '../../../support/command-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';

const seen = vi.hoisted(() => ({
  record: undefined as unknown,
  told: [] as unknown[][],
  refused: new Map<string, string>(),
}));

vi.mock('../../../../src/cli/ralph/find-run.js', () => ({ findRunById: async () => seen.record }));
vi.mock('../../../../src/cli/ralph/run-access.js', () => ({
  withGateway: (_context: unknown, work: (gateway: object) => unknown) =>
    work({
      async messageSubtask(...[run, story, text]: readonly string[]) {
        seen.told.push([run, story, text]);
        const code = seen.refused.get(story ?? '');
        if (code !== undefined)
          throw new InvalidInputError(code, { message: `run refuses: ${story} ended` });
        return `${story} is told`;
      },
    }),
}));

const open = (changes: Partial<RunRecord> = {}): RunRecord =>
  runRecord({
    status: 'running',
    endedAt: null,
    stories: [
      storyRecord('US-001', { status: 'passed' }),
      storyRecord('US-002', { status: 'running' }),
      storyRecord('US-003', { status: 'running' }),
      storyRecord('US-004'),
    ],
    ...changes,
  });

beforeEach(() => {
  seen.record = open();
  seen.told.length = 0;
  seen.refused.clear();
});

async function say(...words: readonly string[]) {
  const { run } = await commandBench(addSayCommand, 'runs');
  return run('runs', 'say', 'run-1', ...words);
}

describe('runs say', () => {
  it('tells every agent that is at work, and nobody else', async () => {
    expect(await say('use tabs')).toEqual({
      code: 0,
      out: 'run-1: US-002 is told\nrun-1: US-003 is told\n',
      err: '',
    });
    expect(seen.told).toEqual([
      ['run-1', 'US-002', 'use tabs'],
      ['run-1', 'US-003', 'use tabs'],
    ]);
  });

  it('tells one alone when a story is named, and answers programs', async () => {
    const { out } = await say('use tabs', '--story', 'US-003', '--json');
    expect(JSON.parse(out)).toEqual({
      run_id: 'run-1',
      told: [{ story: 'US-003', answer: 'US-003 is told' }],
    });
  });

  it('goes on when an agent has ended meanwhile, and says so', async () => {
    seen.refused.set('US-002', 'ERR_STORY_NOT_RUNNING');
    const { code, out } = await say('use tabs');
    expect([code, out]).toEqual([0, 'run-1: run refuses: US-002 ended\nrun-1: US-003 is told\n']);
  });

  it('is refused when nobody took it', async () => {
    seen.refused.set('US-404', 'ERR_STORY_UNKNOWN');
    const { code, err } = await say('use tabs', '--story', 'US-404');
    expect([code, err]).toEqual([2, expect.stringContaining('ERR_STORY_UNKNOWN')]);
  });

  it.each([
    ['no agent is at work', open({ stories: [storyRecord('US-001')] }), /nobody would read it/],
    [
      'the run has ended',
      open({ status: 'passed', stories: [storyRecord('US-001', { status: 'passed' })] }),
      /\(passed\)/,
    ],
    ['it is a question over an input', open({ kind: 'rlm' }), /kind rlm/],
    ['it is a proof', open({ kind: 'proof' }), /kind proof/],
  ])('is refused where %s, before the service is started', async (_why, record, text) => {
    seen.record = record;
    const { code, err } = await say('use tabs');
    expect([code, err]).toEqual([2, expect.stringMatching(text)]);
    expect(err).toContain('ERR_STORY_NOT_RUNNING');
    expect(seen.told).toEqual([]);
  });

  it('wants a text', async () => {
    expect((await say()).code).toBe(2);
  });
});
