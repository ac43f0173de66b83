import { describe, expect, it } from 'vitest';
import type { RlmDocument } from '../support/rlm-project.js';
import { runStory } from '../../src/runs/rlm/run-story.js';
import { brokenRun } from '../support/broken-run.js';
import { js } from '../support/rlm-project.js';
import { bash, done, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { tracingModel } from '../support/searching-model.js';

const LARGE_RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** The agent of the story runs a command that fails, says that it is done, and is not believed. */
function script(task: ModelTask): ScriptedReply {
  const { prompt, turn } = task;
  if (prompt.includes(`The run: ${LARGE_RUN}`)) return tracingModel(task);
  if (!prompt.startsWith('Question: What was the first fault'))
    return turn === 0 ? bash('echo "cannot open the database"; exit 3') : done();
  const look =
    'const found = grep("exit 3|cannot open|no_change|failed"); const said = grep("cannot open the database"); print(found, said)';
  const cells = [
    look,
    'FINAL("The database could not be opened.", {evidence: [said[0], found[0], "never said"]})',
  ];
  return js(
    cells[turn] ?? 'FINAL("The database could not be opened.", {evidence: [said[0], found[0]]})',
  );
}

const scripted = useScriptedProject(script);

describe('codetether explain', () => {
  it('asks over events and transcripts of a run, and quotes them byte for byte', async () => {
    const { project } = scripted;
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const { document: failed } = await project.ralph(folder, '--max-attempts', '1');
    expect(failed.status).toBe('failed');
    const result = await project.run(folder, 'explain', failed.run_id, '--no-direct', '--json');
    const document = JSON.parse(result.stdout) as RlmDocument;
    expect([result.code, document.answer]).toEqual([0, 'The database could not be opened.']);
    expect(document.notes).toContain(`explains run ${failed.run_id}`);
    const quotes = document.evidence.map(({ quote }) => quote);
    // what the agent read in its conversation, and what the run's events say of it
    expect(quotes.some((quote) => quote.includes('cannot open the database'))).toBe(true);
    expect(quotes.length).toBe(2);
    expect(await project.run(folder, 'explain', '01jfgh00000000000000000009')).toMatchObject({
      code: 2,
    });
  });

  it('finds what went wrong first in the middle of a run of 3,000 events, with quotations byte for byte', async () => {
    const { project } = scripted;
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const { record, events, stores, fault, faultAt } = await brokenRun(project.home, LARGE_RUN);
    expect(events.length).toBeGreaterThanOrEqual(3000);
    const result = await project.run(folder, 'explain', LARGE_RUN, '--json');
    const document = JSON.parse(result.stdout) as RlmDocument;
    expect([result.code, document.status, document.route]).toEqual([0, 'answered', 'repl']);
    expect(document.answer).toContain(`${faultAt} tool.end`);
    expect(document.evidence.map(({ quote }) => quote)).toEqual([
      expect.stringContaining(`"preview":${JSON.stringify(fault)}`),
      fault,
    ]);
    const story = Buffer.from((await runStory(record, events, { blobs: stores.blobs })).text);
    expect(
      document.evidence.map(({ start, end }) => story.subarray(start, end).toString()),
    ).toEqual(document.evidence.map(({ quote }) => quote));
    expect(document.totals.model_calls).toBe(2);
  });
});
