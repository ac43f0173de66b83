import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastAnswer } from '../../../../src/activities/model/last-answer.js';
import { joinResultsStep } from '../../../../src/activities/swarm/join-results.js';
import { readJsonAnswer } from '../../../../src/activities/model/json-answer.js';
import { answerRowStep } from '../../../../src/activities/swarm/rows/answer-row.js';
import { readRow, tableLines } from '../../../../src/activities/swarm/rows/row-table.js';
import { saveRowsStep } from '../../../../src/activities/swarm/rows/save-rows.js';
import type { SwarmModelDependencies } from '../../../../src/activities/swarm/swarm-models.js';
import { swarmBench } from '../../../support/swarm-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const MODEL = { provider: 'fake', model: 'one' };
const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };

describe('a row', () => {
  it('has an answer that fits the schema, or what is wrong with it', () => {
    expect(readJsonAnswer('Sure: {"n": 1}.', SCHEMA)).toEqual({ json: '{"n":1}', problems: [] });
    expect(readJsonAnswer('one', SCHEMA)).toEqual({
      json: null,
      problems: ['it is no JSON object'],
    });
    expect(readJsonAnswer('{"n": "x"}', SCHEMA)).toEqual({
      json: null,
      problems: [expect.stringMatching(/^n: /)],
    });
    for (const said of ['', '{', '}{', '\0', '{"n":1}{"n":2}', '[1]', 'null'])
      expect(readJsonAnswer(said, SCHEMA).json).toBeNull();
  });

  it('is asked about once, and repaired with what was wrong', async () => {
    const bench = await swarmBench({}, 1);
    const { blobs } = bench.dependencies;
    const table = await blobs.put('{"city":"{evil}"}\n{"city":"Rome"}');
    const { key, runId } = bench.step();
    const call = {
      key,
      runId,
      model: MODEL,
      story: 'row-1',
      attempt: 1,
      row: 0,
      table,
      template: 'Where is {city}?',
      schema: await blobs.put(JSON.stringify(SCHEMA)),
      previous: null,
    };
    bench.answers.push('I do not know', '{"n": 4}');
    const first = await bench.run(() => bench.activities.answerRow(call));
    expect(first).toMatchObject({ answer: null, said: 'I do not know' });
    const previous = { answer: first.said, problems: first.problems };
    const repair = { ...call, key: bench.step().key, previous };
    const second = await bench.run(() => bench.activities.answerRow(repair));
    expect(second.answer === null ? '' : await blobs.getText(second.answer)).toBe('{"n":4}');
    expect(bench.requests[0]?.messages[1]?.content).toMatch(/^Where is \{evil\}\?\n/);
    expect(await tableLines(table, blobs)).toHaveLength(2);
    expect([await readRow(table, 1, blobs), await readRow(table, 2, blobs)]).toEqual([
      { city: 'Rome' },
      undefined,
    ]);
  });

  it('has a long bad answer and its template by reference, and the model sees both whole', async () => {
    const bench = await swarmBench({}, 1);
    const { blobs } = bench.dependencies;
    const call = {
      model: MODEL,
      story: 'row-1',
      attempt: 1,
      row: 0,
      table: await blobs.put('{"city":"Rome"}'),
      templateRef: await blobs.put('Where is {city}?'),
      schema: await blobs.put(JSON.stringify(SCHEMA)),
      previous: null,
    };
    const long = `I think ${'that '.repeat(2000)}it is in Italy`;
    bench.answers.push(long, '{"n": 4}');
    const ask = (more: object) => {
      const { key, runId } = bench.step();
      return bench.run(() => bench.activities.answerRow({ key, runId, ...call, ...more }));
    };
    const first = await ask({});
    expect(JSON.stringify(first).length).toBeLessThan(3_500);
    const { said, saidRef, problems } = first;
    expect([said, saidRef === undefined ? '' : await blobs.getText(saidRef)]).toEqual([
      long.slice(0, 2000),
      long,
    ]);
    await ask({ previous: { answer: said, problems, answerRef: saidRef } });
    const [question, repair] = bench.requests.map(({ messages }) =>
      messages.map(({ content }) => content),
    );
    expect(question?.[1]).toMatch(/^Where is Rome\?\n/);
    expect(repair?.[2]).toBe(long);
    const other = await blobs.put(`${said} and more`);
    const identities = [saidRef, other].map((answerRef) =>
      answerRowStep.journal?.identity({
        ...bench.step(),
        ...call,
        previous: { answer: said, problems, answerRef },
      }),
    );
    expect(identities[0]).not.toEqual(identities[1]);
  });

  it('is written with its answer so that no value breaks the table or is a formula', async () => {
    expect(saveRowsStep.input).toBeDefined();
    const bench = await swarmBench({}, 1);
    const { blobs } = bench.dependencies;
    const rows = ['=1+1', 'a,"b"\nc', ''].map((city) => JSON.stringify({ city }));
    const table = await blobs.put(rows.join('\n'));
    const answer = await blobs.put('{"n":{"deep":[1]}}');
    const output = join(await temporaryFolder(), 'out.csv');
    const { key, runId } = bench.step();
    const request = {
      key,
      runId,
      output,
      table,
      columns: ['city'],
      rows: [
        { answer, status: 'done', reason: '' },
        { answer: null, status: 'failed', reason: 'no,\n"answer"' },
        { answer: null, status: 'cancelled', reason: '@stopped' },
      ],
    };
    await bench.run(() => bench.activities.saveRows(request));
    expect(await readFile(output, 'utf8')).toBe(
      [
        'city,n,_status,_error',
        `'=1+1,"{""deep"":[1]}",done,`,
        '"a,""b""\nc",,failed,"no,\n""answer"""',
        `,,cancelled,'@stopped`,
        '',
      ].join('\n'),
    );
    const lines = { ...request, output: output.replace('csv', 'jsonl') };
    await bench.run(() => bench.activities.saveRows(lines));
    const texts = (await readFile(lines.output, 'utf8')).trim().split('\n');
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { city: '=1+1', n: { deep: [1] }, _status: 'done', _error: '' },
      { city: 'a,"b"\nc', _status: 'failed', _error: 'no,\n"answer"' },
      { city: '', _status: 'cancelled', _error: '@stopped' },
    ]);
  });
});

describe('joinResults', () => {
  it('gives the model every result within its share of the window, and keeps the whole answer', async () => {
    expect(joinResultsStep.journal).toBeDefined();
    const bench = await swarmBench({}, 1);
    const { blobs }: Pick<SwarmModelDependencies, 'blobs'> = bench.dependencies;
    const said = (content: string) =>
      blobs.put(
        JSON.stringify({
          version: 1,
          parent: null,
          depth: 1,
          messages: [{ role: 'assistant', content, toolCalls: [] }],
        }),
      );
    const long = await said(`begin ${'x'.repeat(50_000)} end`);
    expect(await lastAnswer(await said('short'), blobs)).toBe('short');
    bench.answers.push('joined [a]');
    const subtask = { title: 'T', status: 'done', reason: '', files: [] };
    const { key, runId } = bench.step();
    const request = {
      key,
      runId,
      model: MODEL,
      contextWindow: 4000,
      task: 'The task',
      subtasks: [
        { ...subtask, id: 'a', conversation: long },
        {
          ...subtask,
          id: 'b',
          status: 'failed',
          reason: 'no access',
          conversation: null,
          files: Array.from({ length: 30 }, (_, index) => `f-${index}`),
        },
      ],
    };
    const joined = await bench.run(() => bench.activities.joinResults(request));
    expect(await blobs.getText(joined.answer)).toBe('joined [a]');
    const text = String(bench.requests[0]?.messages[1]?.content);
    expect(text.length).toBeLessThan(4500);
    expect(text).toContain('## [a] T\nStatus: done\nbegin xxx');
    expect(text).toContain('[cut]');
    expect(text).toContain('## [b] T\nStatus: failed (no access)\nChanged files: f-0, f-1');
    expect(text).toContain('and 10 more');
    expect(await bench.run(() => bench.activities.joinResults(request))).toEqual(joined);
    expect(bench.requests).toHaveLength(1);
  });
});
