import { describe, expect, it } from 'vitest';
import { createOutput, formatTable } from '../../../src/cli/output.js';
import { presentFailure } from '../../../src/cli/failure.js';
import { createProgram } from '../../../src/cli/program.js';
import { planScreen, runScreen } from '../../../src/cli/ralph/screens.js';
import { progressLine } from '../../../src/cli/ralph/progress.js';
import { InvalidInputError } from '../../../src/domain/light/error.js';
import { runRecord, storyRecord } from '../../support/run-records.js';
import { story } from '../../support/stories.js';

const HOSTILE = 'title \u001b]0;owned\u0007\u001b[31m\u009b2J\u202e';
/** Control characters but the line end, and one of the marks of direction. */
const OBEYED = /(?!\n)\p{Cc}|\u202e/u;
const SHOWN = 'title \\x1b]0;owned\\x07\\x1b[31m\\x9b2J\\u{202e}';

function bench(isTTY = false) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    isTTY,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const output = createOutput({ stdout: stream('stdout'), stderr: stream('stderr') });
  return { output, written };
}

describe('createOutput', () => {
  it.each(['result', 'paintedResult', 'note', 'paintedNote', 'question'] as const)(
    '%s writes out what a terminal would obey',
    (name) => {
      const { output, written } = bench();
      output[name](HOSTILE.replace('\u001b[31m', ''));
      const all = written.stdout + written.stderr;
      expect(all.trimEnd()).toBe(SHOWN.replace('\\x1b[31m', ''));
    },
  );

  it('keeps colours only where we painted', () => {
    const { output, written } = bench(true);
    output.paintedResult('\u001b[31mred\u001b[0m \u001b[8mhidden\u001b[5A');
    output.result('\u001b[31mred');
    expect(written.stdout).toBe('\u001b[31mred\u001b[0m \\x1b[8mhidden\\x1b[5A\n\\x1b[31mred\n');
  });

  it('gives a pipe the bytes of a patch, and a terminal none that it obeys', () => {
    const pipe = bench();
    pipe.output.raw(HOSTILE);
    expect(pipe.written.stdout).toBe(`${HOSTILE}\n`);
    const terminal = bench(true);
    terminal.output.raw('\u001b[32m+a\u001b[m\u001b[2J');
    expect(terminal.written.stdout).toBe('\u001b[32m+a\u001b[m\\x1b[2J\n');
  });

  it('writes JSON that reads back as the same value', () => {
    const { output, written } = bench();
    output.document({ text: HOSTILE });
    output.line({ text: HOSTILE });
    expect(written.stdout).not.toMatch(OBEYED);
    expect(JSON.parse(written.stdout.split('\n}\n')[0] + '}')).toEqual({ text: HOSTILE });
  });
});

describe('screens with hostile text', () => {
  const record = runRecord({
    project: HOSTILE,
    reason: HOSTILE,
    notes: [HOSTILE],
    stories: [
      storyRecord('US-001', { story: story('US-001', { title: HOSTILE }), reason: HOSTILE }),
    ],
  });

  it('are shown escaped', () => {
    const { output, written } = bench(true);
    output.result(runScreen(record, new Date()));
    output.result(formatTable([[HOSTILE, 'a\nb']]));
    const event = { source: 'w', seq: 1, type: 'run.note', at: '2026-01-02T03:04:05Z' } as const;
    output.paintedNote(progressLine({ ...event, text: HOSTILE }, { isTerminal: true }) ?? '');
    const error = new InvalidInputError('ERR_X', { message: HOSTILE, hint: HOSTILE });
    presentFailure(error, output, { isDebug: true, isJson: false });
    const all = written.stdout + written.stderr;
    const painted = ['2', '33', '0'].map((code) => `\u001b[${code}m`);
    const plain = painted.reduce((text, code) => text.replaceAll(code, ''), all);
    expect(plain).not.toMatch(OBEYED);
    expect(all).toContain(SHOWN);
    expect(planScreen).toBeTypeOf('function');
  });

  it('of commander are the writer of the command line', () => {
    const program = createProgram('1.0.0');
    const nested = program.commands.flatMap((command) => [command, ...command.commands]);
    const writers = new Set([program, ...nested].map((command) => command.configureOutput()));
    expect(nested.length).toBeGreaterThan(30);
    expect(writers.size).toBe(1);
  });
});
