import { describe, expect, it } from 'vitest';
import { createAbsenceJudge } from '../../../../src/activities/proof/check-absence.js';
import {
  notRun,
  outputText,
  runCheck,
  toEvidence,
  type FinishedCommand,
} from '../../../../src/activities/proof/run-check.js';
import type { Evidence } from '../../../../src/domain/proof/check.js';
import type { ProcessResult } from '../../../../src/platform/process/run-process.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { ralphBench, type RalphBench } from '../../../support/ralph-bench.js';

async function check(
  bench: RalphBench,
  command: string,
  changes: {
    readonly timeoutMs?: number;
    readonly existing?: string[];
    readonly workdir?: string;
  } = {},
): Promise<[Evidence, output: string]> {
  const proofLane = { ...bench.proofLane, workdir: changes.workdir ?? '.' };
  await workspaceGit(bench.proofLane).checkoutTree(bench.base);
  const absence = createAbsenceJudge(proofLane, { tree: bench.base, existing: changes.existing });
  await absence.look();
  const evidence = await runCheck(bench.work, {
    tree: bench.base,
    definitions: 'story',
    proofLane,
    check: { name: 'test', command, timeoutMs: changes.timeoutMs ?? 20_000 },
    absence,
  });
  return [evidence, await bench.dependencies.blobs.getText(evidence.output)];
}

describe('a check', () => {
  it.each([
    ['echo out; echo err >&2', 0, 'out\nerr\n'],
    ['echo -e "\\e[31mred\\e[0m"; exit 7', 7, 'red\n'],
    ['echo "$CI"', 0, 'true\n'],
  ])('%s is kept with its exit code and its output as text', async (command, exitCode, text) => {
    const bench = await ralphBench();
    const [evidence, output] = await check(bench, command);
    expect(evidence).toEqual({
      check: 'test',
      command,
      exitCode,
      isTimedOut: false,
      tree: bench.base,
      definitions: 'story',
      output: expect.anything(),
      durationMs: expect.any(Number),
      sandbox: bench.dependencies.sandbox.level,
    });
    expect(output).toBe(text);
  });

  it('that outlasts its time has no exit code', async () => {
    const [evidence, output] = await check(await ralphBench(), 'echo begun; sleep 60', {
      timeoutMs: 1000,
    });
    expect([evidence.exitCode, evidence.isTimedOut]).toEqual([null, true]);
    expect(output).toContain('begun');
  });

  it('is not run where its folder is a file, or the files hold nothing to check', async () => {
    const bench = await ralphBench({ 'app/x': '' });
    const [first, text] = await check(bench, 'touch ran', { workdir: 'README.md' });
    expect([first.exitCode, text]).toEqual([
      null,
      'not run: checks run in README.md, which is no folder in these files',
    ]);
    const why = 'there is no package.json';
    const [gone, reason] = await check(bench, 'npm test');
    expect([gone.absence, reason]).toEqual([{ kind: 'gone', why }, `not run: ${why}`]);
    const [early] = await check(bench, 'npm test', { existing: [] });
    expect(early.absence).toEqual({ kind: 'not-yet', why });
  });

  it('is cancelled with its activity', async () => {
    const bench = await ralphBench();
    const signal = AbortSignal.abort(new Error('cancelled'));
    const work = { ...bench.work, signal };
    await expect(check({ ...bench, work }, 'true')).rejects.toThrow('cancelled');
  });
});

describe('evidence', () => {
  const RESULT: ProcessResult = {
    outcome: 'exited',
    exitCode: 0,
    output: { head: 'fine\n', tail: '', totalBytes: 5, omittedBytes: 0, spill: null },
    durationMs: 12.6,
    killedBy: null,
    stoppedBy: null,
  };

  async function evidenceOf(changes: Partial<FinishedCommand>): Promise<[Evidence, string]> {
    const bench = await ralphBench();
    const about = { tree: 't', definitions: 'base', proofLane: bench.proofLane } as const;
    const evidence = await toEvidence(bench.work, about, {
      check: 'step',
      command: 'c',
      result: RESULT,
      remarks: [],
      ...changes,
    });
    return [evidence, await bench.dependencies.blobs.getText(evidence.output)];
  }

  it('fails a command that ended well when an expectation does not hold', async () => {
    const [evidence, text] = await evidenceOf({ kind: 'verification', remarks: ['no file'] });
    expect(evidence).toMatchObject({ kind: 'verification', exitCode: 1, durationMs: 13 });
    expect(text).toBe('fine\nno file\n');
  });

  it('keeps the exit code of a command that failed by itself', async () => {
    const [evidence] = await evidenceOf({ result: { ...RESULT, exitCode: 9 }, remarks: ['also'] });
    expect(evidence.exitCode).toBe(9);
  });

  it('of something that was not run says why', async () => {
    const bench = await ralphBench();
    const about = { tree: 't', definitions: 'story', proofLane: bench.proofLane } as const;
    const evidence = await notRun(bench.work, about, { check: 'a', command: 'b', reason: 'why' });
    expect([evidence.exitCode, evidence.durationMs]).toEqual([null, 0]);
    expect(await bench.dependencies.blobs.getText(evidence.output)).toBe('why');
  });
});

describe('outputText', () => {
  it('names the gap, and leaves colours out', () => {
    const output = {
      head: '\u001b[1mbegin\u001b[0m',
      tail: 'end',
      totalBytes: 99,
      omittedBytes: 88,
      spill: null,
    };
    expect(outputText(output)).toBe('begin\n… 88 bytes left out …\nend');
  });
});
