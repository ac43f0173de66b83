import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { cellLines } from '../../../../src/cli/rlm/cell-lines.js';
import { addExplainCommand } from '../../../../src/cli/rlm/explain.js';
import { addRlmCommands } from '../../../../src/cli/rlm/rlm-commands.js';
import { addRlmCommand } from '../../../../src/cli/rlm/rlm.js';
import { addModelOptions, addShowOptions } from '../../../../src/cli/rlm/rlm-options.js';
import { showRlm } from '../../../../src/cli/rlm/show-rlm.js';
import { startRlm } from '../../../../src/cli/rlm/start-rlm.js';
import { rlmDocument, rlmScreen } from '../../../../src/report/rlm-run.js';
import { openRlmRecord, withRlmFacts } from '../../../../src/workflows/rlm/rlm-record.js';
import { commandBench } from '../../../support/command-bench.js';
import { RLM_INPUT } from '../../../support/rlm-workflow.js';
import { saveRunRecord } from '../../../support/saved-records.js';

const HOSTILE = 'x\u001b[2J\r\nrlm: forged\u202e';
const RUN = '01jfgh00000000000000000001';
const record = openRlmRecord(
  { ...RLM_INPUT, runId: RUN, query: `Q ${HOSTILE}` },
  { workflowId: 'w', startedAt: '2026-01-02T03:04:05.000Z' },
);
const now = new Date('2026-01-02T03:04:06.000Z');

describe('codetether rlm', () => {
  it.each([
    ['no question', [], 'ERR_USAGE'],
    ['no input', ['Q'], 'ERR_RLM_INPUT'],
    ['an empty input', ['Q', '--content', ' \n'], 'ERR_RLM_INPUT'],
    ['a file that is not there', ['Q', '-f', 'gone.log'], 'ERR_RLM_INPUT'],
    ['a glob that matches nothing', ['Q', '-f', '*.none'], 'ERR_RLM_INPUT'],
    ['a binary file', ['Q', '-f', 'binary'], 'ERR_RLM_INPUT'],
    ['two inputs', ['Q', '--content', 'x', '-f', 'a.log'], 'ERR_USAGE'],
    ['no schema', ['Q', '-f', 'a.log', '--schema', 'a.log'], 'ERR_RLM_SCHEMA'],
    ['a schema that is not there', ['Q', '-f', 'a.log', '--schema', 'gone'], 'ERR_RLM_SCHEMA'],
    ['a session without a name', ['Q', '-f', 'a.log', '--session', '..'], 'ERR_USAGE'],
    [
      'a moment that is over',
      ['Q', '-f', 'a.log', '--until', '2020-01-01T00:00:00Z'],
      'ERR_LIMIT_INVALID',
    ],
  ])('with %s is refused before anything is paid', async (_name, words, code) => {
    const bench = await commandBench(addRlmCommand);
    await writeFile(join(bench.folder, 'a.log'), 'text\n');
    await writeFile(join(bench.folder, 'binary'), Buffer.from([1, 0, 2]));
    const { code: exit, err } = await bench.run('rlm', ...words);
    expect([exit, err]).toEqual([2, expect.stringContaining(`error[${code}]`)]);
  });

  it('offers the same choice of models and of output as explain', async () => {
    const bench = await commandBench((program) => {
      addRlmCommand(program);
      addExplainCommand(program);
    });
    const shared = addShowOptions(addModelOptions(new Command('shared'))).options;
    expect(shared.map(({ long }) => long)).toEqual([
      '--model',
      '--sub-model',
      '--max-iterations',
      '--verbose',
      '--detach',
      '--json',
    ]);
    for (const command of ['rlm', 'explain']) {
      const help = (await bench.run(command, '--help')).out;
      for (const { flags } of shared) expect(help).toContain(flags);
    }
  });

  it('shows and goes on with questions only; explain needs what happened', async () => {
    const bench = await commandBench((program) => {
      addRlmCommand(program);
      addExplainCommand(program);
    });
    await saveRunRecord(bench.home, { ...record, status: 'failed', endedAt: record.startedAt });
    expect((await bench.run('rlm', 'show', RUN)).out).toContain('FAILED');
    expect((await bench.run('rlm', 'retry', RUN)).err).toContain(
      'it ended before its input was stored',
    );
    expect((await bench.run('explain', RUN)).err).toContain('nothing is kept of what happened');
    expect((await bench.run('rlm', 'show', '01jfgh00000000000000000002')).code).toBe(2);
    expect([addRlmCommands, showRlm, startRlm].map((part) => typeof part)).toEqual([
      'function',
      'function',
      'function',
    ]);
  });
});

describe('what is shown of a question', () => {
  const answered = withRlmFacts(record, {
    route: 'repl',
    input: { type: 'logs', format: null, bytes: 400, lines: 2, replaced: 0 },
    end: {
      status: 'answered',
      answer: null,
      evidence: [{ quote: HOSTILE, start: 0, end: 3, line: 1, source: `a${HOSTILE}` }],
      reason: 'answered',
      iterations: 2,
      subQueries: 3,
      depth: 1,
      journal: null,
      stateHash: 'abc',
    },
  });

  it('is one document with the names that scripts know', () => {
    const document = rlmDocument(answered, { text: 'yes', value: 'yes' }, now);
    expect(document).toMatchObject({
      content_type: 'logs',
      input_tokens: 100,
      answer: 'yes',
      status: 'answered',
      iterations: 2,
      sub_queries: 3,
      depth: 1,
      route: 'repl',
      stats: {
        input_tokens: 0,
        output_tokens: 0,
        iterations: 2,
        subcalls: 3,
        elapsed_ms: 1000,
        compression_ratio: 0,
      },
    });
    expect(rlmDocument(record, null, now)).toMatchObject({
      status: 'running',
      answer: null,
      evidence: [],
      route: null,
    });
  });

  it('breaks no screen', () => {
    const screen = rlmScreen(answered, { text: `\u001b[2J${HOSTILE.slice(0, 1)}`, value: '' }, now);
    const cells = cellLines([
      { kind: 'cell', code: HOSTILE, hash: 'a'.repeat(64) },
      {
        kind: 'settled',
        hash: '',
        results: Array.from({ length: 12 }, (_, id) => ({ id, text: HOSTILE, isError: id === 1 })),
      },
    ]).join('\n');
    for (const text of [screen, cells]) {
      for (const hidden of ['\u001b', '\r', '\u202e']) expect(text).not.toContain(hidden);
      expect(text).not.toMatch(/^rlm: forged/m);
    }
    expect(cells).toContain('… 2 more answers');
  });
});
