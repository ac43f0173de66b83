import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { bindSteps } from '../../../../src/activities/lib/step.js';
import { answerScriptStep } from '../../../../src/activities/script/answer-script.js';
import { openStores } from '../../../../src/platform/storage/stores.js';
import { ScriptPool } from '../../../../src/rlm/script/script-pool.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function answer(given: {
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly line: number | null };
  readonly agents?: number;
  readonly failed?: number;
  readonly lines?: string[];
  readonly omitted?: number;
  readonly files?: string[];
}) {
  const home = await temporaryFolder();
  const stores = openStores({ home, envelope: null, renderReport: () => '' });
  const { blobs } = stores;
  const dependencies = { ...stores, scripts: new ScriptPool(blobs) };
  const { answerScript } = bindSteps(dependencies, { answerScript: answerScriptStep });
  const { value, error = null, ...rest } = given;
  const input = {
    value: value === undefined ? null : await blobs.put(JSON.stringify(value)),
    error,
    agents: 0,
    failed: 0,
    lines: [],
    omitted: 0,
    files: [],
    ...rest,
  };
  const run = (asked: typeof input) => answerScript(asked);
  const result = (await new MockActivityEnvironment().run(run, input)) as Awaited<
    ReturnType<typeof answerScript>
  >;
  return { ...result, text: await blobs.getText(result.ref) };
}

describe('the answer of a script', () => {
  it('is its value: a text as it is, everything else as JSON', async () => {
    expect((await answer({ value: 'all is well' })).text).toBe(
      'The script returned:\nall is well\n\nIt started no agent.',
    );
    expect((await answer({ value: { n: [1, null] } })).text).toContain(
      'returned:\n{"n":[1,null]}\n',
    );
    expect((await answer({ value: null })).text).toContain('returned:\nnull\n');
  });

  it('is what went wrong, with the line where it is known', async () => {
    const failed = await answer({ error: { message: 'TypeError: no', line: 7 }, agents: 1 });
    expect(failed.text).toBe('The script failed at line 7: TypeError: no\n\nIt started 1 agent.');
    expect((await answer({ error: { message: 'gone', line: null } })).text).toContain(
      'The script failed: gone',
    );
    expect((await answer({})).text).toContain('it gave no reason');
  });

  it('has the log, the agents and their files', async () => {
    const { text, preview } = await answer({
      value: 1,
      agents: 3,
      failed: 2,
      lines: ['one', 'two'],
      omitted: 4,
      files: ['first: It changed f: these changes are in your files now.'],
    });
    expect(text).toBe(
      [
        'The script returned:\n1',
        'It started 3 agents; 2 did not end well.',
        'Log, without 4 lines before:\none\ntwo',
        'Files:\nfirst: It changed f: these changes are in your files now.',
      ].join('\n\n'),
    );
    expect(text.startsWith(preview)).toBe(true);
  });

  it('stays within bounds, whatever the script returned and logged', async () => {
    const { text, preview } = await answer({
      value: 'x'.repeat(300_000),
      lines: Array.from({ length: 50 }, () => 'l'.repeat(500)),
      files: Array.from({ length: 100 }, () => 'f'.repeat(2000)),
    });
    expect(text.length).toBeLessThan(90_000);
    expect(text).toContain('characters and more left out');
    expect(text).toContain('\n\nLog:\n');
    expect(text).toContain('\n\nFiles:\n');
    expect(preview).toHaveLength(300);
  });
});
