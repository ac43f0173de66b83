import { describe, expect, it } from 'vitest';
import { addSpending, toUsd, ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { isEnded } from '../../../../src/domain/run/run.js';
import { runDocument } from '../../../../src/report/run-document.js';
import { runRecordSchema, runSpending } from '../../../../src/domain/run/ralph-run.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { type AgentSpending } from '../../../../src/domain/agent/agent.js';
import { type Evidence } from '../../../../src/domain/proof/check.js';
import { attemptRecord } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';

const spending = (changes: Partial<AgentSpending> = {}): AgentSpending => ({
  turns: 2,
  modelCalls: 3,
  repeatedModelCalls: 1,
  usage: { ...ZERO_USAGE, inputTokens: 100, cachedInputTokens: 40, outputTokens: 10 },
  costMicroUsd: 1500,
  ...changes,
});
const evidence: Evidence = {
  check: 'test',
  command: 'npm test',
  exitCode: 0,
  isTimedOut: false,
  tree: 't'.repeat(40),
  definitions: 'base',
  output: { digest: 'd'.repeat(64), bytes: 3 },
  durationMs: 5,
  sandbox: 'full',
};
const record = runRecord({
  stories: [
    storyRecord('US-001', {
      status: 'passed',
      commit: 'c1',
      reason: 'all checks passed',
      attempts: [
        attemptRecord({ spending: spending() }),
        attemptRecord({
          number: 2,
          spending: spending(),
          evidence: [evidence],
          changedFiles: ['a.ts'],
          changedDefinitions: ['test/a.ts'],
        }),
      ],
    }),
    storyRecord('US-002'),
  ],
});

describe('spending', () => {
  it('adds up over attempts and stories', () => {
    expect(runSpending(record)).toEqual(addSpending(spending(), spending()));
    expect(addSpending(spending(), ZERO_SPENDING)).toEqual(spending());
  });

  it('has an unknown cost when one attempt has', () => {
    expect(addSpending(spending(), spending({ costMicroUsd: null })).costMicroUsd).toBeNull();
    expect([toUsd(null), toUsd(1_500_000)]).toEqual([null, 1.5]);
  });
});

describe('runDocument', () => {
  it('is the whole run in snake case', () => {
    expect(runDocument(record, new Date(0))).toEqual({
      run_id: 'run-1',
      kind: 'ralph',
      workflow_id: 'ralph/repo-12345678/feature/work',
      status: 'passed',
      reason: 'all 1 stories passed',
      prd_path: '/repo/prd.json',
      branch: 'feature/work',
      base_commit: 'a'.repeat(40),
      head_commit: 'b'.repeat(40),
      model: 'double/scripted',
      sandbox: 'full',
      canaries: 'auto',
      stories: [
        {
          id: 'US-001',
          title: 'Title of US-001',
          status: 'passed',
          reason: 'all checks passed',
          attempts: 2,
          commit: 'c1',
          kept_branch: null,
          evidence: [
            {
              check: 'test',
              command: 'npm test',
              exit_code: 0,
              tree: 't'.repeat(40),
              definitions: 'base',
              kind: 'check',
              is_absent: false,
              absence: null,
              is_known_failure: false,
              caches: [],
              output_ref: 'd'.repeat(64),
            },
          ],
          changed_files: ['a.ts'],
          changed_check_definitions: ['test/a.ts'],
          ignored_files: null,
          assumptions: [],
          refused_calls: [],
          reached_beyond_walls: [],
          new_dependencies: [],
          outside: null,
          proof: null,
          input_tokens: 200,
          output_tokens: 20,
          cost_usd: 0.003,
          duration_ms: 20_000,
        },
        {
          id: 'US-002',
          title: 'Title of US-002',
          status: 'pending',
          reason: '',
          attempts: 0,
          commit: null,
          kept_branch: null,
          evidence: [],
          changed_files: [],
          changed_check_definitions: [],
          ignored_files: null,
          assumptions: [],
          refused_calls: [],
          reached_beyond_walls: [],
          new_dependencies: [],
          outside: null,
          proof: null,
          input_tokens: 0,
          output_tokens: 0,
          cost_usd: 0,
          duration_ms: 0,
        },
      ],
      totals: {
        model_calls: 6,
        repeated_model_calls: 2,
        input_tokens: 200,
        cached_input_tokens: 80,
        output_tokens: 20,
        cost_usd: 0.003,
        duration_ms: 60_000,
      },
      questions: [],
      standstill: null,
      absent_checks: [],
      red_base: [],
      failure: null,
      notes: [],
    });
  });

  it('counts the time of an open run up to now, never below zero, and names the branch that will be', () => {
    const open = { ...record, status: 'running' as const, endedAt: null, publishedBranch: null };
    const at = (iso: string) => runDocument(open, new Date(iso));
    expect(at('2026-01-02T03:04:06.500Z')).toMatchObject({
      branch: 'feature/work',
      totals: { duration_ms: 1500 },
    });
    expect(at('2025-01-01T00:00:00.000Z')).toMatchObject({ totals: { duration_ms: 0 } });
  });

  it('survives a round trip through JSON', () => {
    expect(runRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });
});

describe('isEnded', () => {
  it('is true for the three final states only', () => {
    const states = ['running', 'waiting', 'paused', 'passed', 'failed', 'cancelled'] as const;
    expect(states.filter(isEnded)).toEqual(['passed', 'failed', 'cancelled']);
  });
});
