import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installLlmock, startLlmock, type Llmock } from '../support/llmock.js';
import { RalphProject } from '../support/ralph-project.js';

type Behavior = Readonly<Record<string, unknown>>;

/** What goes wrong at the first call, and how often an answer is begun in vain. */
interface Scenario {
  readonly faults: readonly Behavior[];
  readonly brokenAnswers: number;
}

const failing = (status: number, more: Behavior = {}): Scenario => ({
  faults: [{ type: 'fail', status, ...more }],
  brokenAnswers: 0,
});
const breaking = (kind: string, more: Behavior = {}): Scenario => ({
  faults: [{ type: 'stream_fault', kind, after_chunks: 1, ...more }],
  brokenAnswers: 1,
});

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'rate-limit': failing(429, { retry_after: 1, times: 2 }),
  overloaded: failing(529),
  unavailable: failing(503),
  'server-error': failing(500),
  disconnect: breaking('disconnect'),
  truncate: breaking('truncate'),
  stall: breaking('stall', { stall_seconds: 20 }),
  malformed: breaking('malformed'),
};

/** Every scenario on the one wire, those that the other one reads differently on that one too. */
const MODELS = [
  ...Object.keys(SCENARIOS).map((name) => `judge/${name}`),
  ...['rate-limit', 'overloaded', 'truncate', 'stall'].map((name) => `judge-anthropic/a-${name}`),
];

const installed = await installLlmock();
const reason = 'reason' in installed ? installed.reason : '';

describe.skipIf(reason !== '')(`a model server that judges its client ${reason}`, () => {
  let judge: Llmock;
  let project: RalphProject;

  beforeAll(async () => {
    judge = await startLlmock('program' in installed ? installed.program : '');
    project = new RalphProject(`${judge.url}/v1`);
    appendFileSync(
      project.config,
      `
[providers.judge]
wire = "openai-chat"
base_url = "${judge.url}/v1"
auth = "none"
stall_timeout_s = 3

[providers.judge-anthropic]
wire = "anthropic-messages"
base_url = "${judge.url}/anthropic"
auth = "none"
stall_timeout_s = 3
`,
    );
  });
  afterAll(async () => {
    await project?.close();
    await judge?.stop();
  });

  it('finds nothing to complain about: waits, backs off, and takes no half answer', async () => {
    await judge.script(MODELS.flatMap(scriptOf));
    const runs = await Promise.all(MODELS.map((model) => passes(model)));
    expect(runs).toEqual(MODELS.map((model) => [model, 'passed']));
    const verdict = await judge.report();
    expect(verdict.text).toContain('PASS');
    expect(verdict.code, verdict.text).toBe(0);
    expect(verdict.text).toContain(`${MODELS.length + 2} fault(s)`);
  });

  /** Writes a file, then says that it is done; the fault hits the first call only. */
  function scriptOf(reference: string): Behavior[] {
    const model = reference.slice(reference.indexOf('/') + 1);
    const { faults, brokenAnswers } = SCENARIOS[model.replace(/^a-/, '')] ?? failing(500);
    const match = { model };
    const write = { path: 'feature-1.txt', content: 'ok\n' };
    const done = { status: 'done', summary: 'written', blockers: [] };
    return [
      ...faults.map((fault) => ({ ...fault, match })),
      {
        type: 'reply',
        tool_calls: [{ name: 'write_file', arguments: write }],
        times: 1 + brokenAnswers,
        match,
      },
      { type: 'reply', tool_calls: [{ name: 'story_done', arguments: done }], match },
    ];
  }

  async function passes(model: string): Promise<readonly [string, string]> {
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const { document, stderr } = await project.ralph(folder, '-m', model);
    return [model, document.status === 'passed' ? 'passed' : `${document.status}: ${stderr}`];
  }
});
