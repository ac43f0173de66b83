import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveSwarm } from '../../../src/cli/swarm/live-swarm.js';
import { scriptPhases } from '../../../src/domain/script/script-phases.js';
import type { ScriptFacts } from '../../../src/domain/script/script-facts.js';
import type { RunRecord } from '../../../src/domain/run/ralph-run.js';
import { storyStatusSchema, type StoryStatus } from '../../../src/domain/run/story.js';
import { swarmDocument, swarmScreen } from '../../../src/report/swarm-run.js';
import { renderReport } from '../../../src/report/markdown.js';
import { nextSteps } from '../../../src/report/format.js';
import { runRecord, storyRecord } from '../../support/run-records.js';

const HOSTILE = 'x\u001b[2J\r\nlog: forged\u202e';
const NOW = new Date('2026-01-02T03:04:15.000Z');
const FACTS: ScriptFacts = {
  name: 'review',
  state: 'running',
  journal: null,
  hash: 'abc',
  phase: 'Fix',
  phases: ['Find', 'Fix'],
  lines: [`found 2 ${HOSTILE}`],
  calls: 4,
  taken: 1,
  error: null,
};

interface Agent {
  readonly phase?: string | undefined;
  readonly status: StoryStatus;
}

function scriptRecord(
  agents: readonly Agent[],
  facts: Partial<ScriptFacts> = {},
  ended: Partial<RunRecord> = { status: 'running', endedAt: null },
): RunRecord {
  const ids = agents.map((_agent, index) => `a${index + 1}`);
  return runRecord({
    kind: 'swarm',
    ...ended,
    stories: agents.map(({ status }, index) => storyRecord(`a${index + 1}`, { status })),
    swarm: {
      task: 'review: looks',
      strategy: 'none',
      planned: 'script',
      maxSubagents: 1000,
      timeoutMs: 1000,
      verify: 0,
      traits: agents.map(({ phase }, index) => ({
        id: ids[index] ?? '',
        agent: 'build' as const,
        touches: [],
        ...(phase === undefined ? {} : { phase }),
      })),
      hasFiles: true,
      answer: null,
      peak: 1,
      isFinished: false,
      isVerified: null,
      script: { ...FACTS, ...facts },
    } as NonNullable<RunRecord['swarm']>,
  });
}

const AGENTS: readonly Agent[] = [
  { phase: 'Find', status: 'passed' },
  { phase: 'Find', status: 'failed' },
  { phase: 'Fix', status: 'running' },
  { phase: 'Fix', status: 'pending' },
  { status: 'done' as StoryStatus },
].map((agent) => ({ ...agent, status: storyStatusSchema.catch('passed').parse(agent.status) }));

describe('parts of a script', () => {
  it('stand in the order in which it entered them, with their agents by how they stand', () => {
    expect(scriptPhases(scriptRecord(AGENTS))).toEqual([
      { title: 'Find', agents: 2, running: 0, done: 1, failed: 1 },
      { title: 'Fix', agents: 2, running: 1, done: 0, failed: 0 },
      { title: '', agents: 1, running: 0, done: 1, failed: 0 },
    ]);
  });

  it('are none of a swarm that people planned', () => {
    expect(scriptPhases(runRecord({ kind: 'swarm' }))).toEqual([]);
  });

  it('count every agent exactly once', () => {
    const agents = fc.array(
      fc.record({
        phase: fc.option(fc.constantFrom('Find', 'Fix', 'Other', '__proto__'), { nil: undefined }),
        status: fc.constantFrom(...storyStatusSchema.options),
      }),
    );
    fc.assert(
      fc.property(agents, (all) => {
        const phases = scriptPhases(scriptRecord(all));
        expect(phases.reduce((sum, one) => sum + one.agents, 0)).toBe(all.length);
        for (const { agents: of, running, done, failed } of phases)
          expect(running + done + failed).toBeLessThanOrEqual(of);
      }),
    );
  });
});

describe('a script that is shown', () => {
  it('tells its phases, what it said and what it took over, on one line each', () => {
    const lines = swarmScreen(scriptRecord(AGENTS), null, NOW).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '  phase   Find: 1 of 2 done, 1 not done',
        '  phase   Fix: 0 of 2 done, 1 at work  <',
        '  phase   without a phase: 1 of 1 done',
        '  taken   1 of 4 calls had ended in the run before',
      ]),
    );
    const log = lines.find((line) => line.startsWith('  log')) ?? '';
    expect(['\u001b', '\r', '\u202e'].filter((one) => log.includes(one))).toEqual([]);
    expect(lines).not.toContain('log: forged');
  });

  it('is followed by the command that goes on with it', () => {
    const record = scriptRecord(
      AGENTS,
      { state: 'failed' },
      { status: 'failed', endedAt: NOW.toISOString() },
    );
    const again = `codetether script retry ${record.runId}`;
    expect(swarmScreen(record, null, NOW)).toContain(again);
    expect(nextSteps(record).map(({ command }) => command)).toContain(again);
  });

  it('is a document with its state, beside that of its agents', () => {
    const { script } = swarmDocument(scriptRecord(AGENTS), null, NOW);
    expect(script).toMatchObject({
      name: 'review',
      file: null,
      state: 'running',
      phase: 'Fix',
      phases: [{ title: 'Find' }, { title: 'Fix' }, { title: null }],
      calls: 4,
      calls_taken_over: 1,
      state_hash: 'abc',
      error: null,
    });
    expect(swarmDocument(runRecord({ kind: 'swarm' }), null, NOW)).not.toHaveProperty('script');
  });

  it('has its phases in the report', () => {
    expect(renderReport(scriptRecord(AGENTS), new Map())).toContain(
      'Phase Find: 1 of 2 done, 1 not done',
    );
  });

  it('has its phases above its agents while it is watched, as far as there is room', () => {
    const view = new LiveSwarm();
    const lines = view.lines(scriptRecord(AGENTS), { columns: 100, rows: 30 }, NOW);
    expect(lines[0]).toMatch(/^script /);
    expect(lines.slice(1, 4)).toEqual([
      '  Find: 1 of 2 done, 1 not done',
      '  Fix: 0 of 2 done, 1 at work  <',
      '  without a phase: 1 of 1 done',
    ]);
    const small = new LiveSwarm().lines(scriptRecord(AGENTS), { columns: 100, rows: 8 }, NOW);
    expect(small.length).toBeLessThan(8);
  });
});
