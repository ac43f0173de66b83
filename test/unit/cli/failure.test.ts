import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { presentFailure } from '../../../src/cli/failure.js';
import type { Output } from '../../../src/cli/output.js';
import { InfrastructureError, InvalidInputError } from '../../../src/domain/light/error.js';

function recorder() {
  const notes: string[] = [];
  const documents: unknown[] = [];
  const output: Output = {
    result: () => undefined,
    paintedResult: () => undefined,
    raw: () => undefined,
    line: () => undefined,
    paintedNote: () => undefined,
    question: () => undefined,
    draw: () => undefined,
    screen: undefined,
    document: (value) => void documents.push(value),
    note: (text) => void notes.push(text),
    isTerminal: false,
  };
  return { output, notes, documents };
}

const quiet = { isDebug: false, isJson: false };

describe('presentFailure', () => {
  it.each([
    [new InvalidInputError('ERR_X', { message: 'bad' }), 2],
    [new InfrastructureError('ERR_Y', { message: 'down' }), 3],
    [new CommanderError(1, 'commander.unknownOption', 'unknown'), 2],
    [new CommanderError(0, 'commander.helpDisplayed', 'help'), 0],
    [new TypeError('bug'), 3],
  ])('maps %s to an exit code', (error, code) => {
    expect(presentFailure(error, recorder().output, quiet)).toBe(code);
  });

  it('shows message, place and hint but no stack', () => {
    const { output, notes } = recorder();
    const where = { file: 'prd.json', line: 3, story: 'US-1', field: 'title' };
    presentFailure(
      new InvalidInputError('ERR_X', { message: 'bad title', where, hint: 'fix it' }),
      output,
      quiet,
    );
    expect(notes).toEqual([
      'error[ERR_X]: bad title\n  at prd.json:3, story US-1, field title\n  try: fix it',
    ]);
  });

  it('adds the stack and its causes with --debug', () => {
    const { output, notes } = recorder();
    presentFailure(new TypeError('outer', { cause: new Error('inner') }), output, {
      isDebug: true,
      isJson: false,
    });
    expect(notes.join('\n')).toMatch(/failure\.test\.ts[\s\S]*caused by: Error: inner/);
  });

  it('names a full disk and a folder that may not be written', () => {
    const codes = ['ENOSPC', 'EROFS', 'EACCES'].map((code) => {
      const { output, notes } = recorder();
      const error = Object.assign(new Error(code), { code, path: '/home/x' });
      expect(presentFailure(error, output, quiet)).toBe(3);
      return notes[0]?.split('\n')[0]?.replace(/:.*/, '');
    });
    expect(codes).toEqual([
      'error[ERR_DISK_FULL]',
      'error[ERR_NOT_PERMITTED]',
      'error[ERR_NOT_PERMITTED]',
    ]);
  });

  it('prints a document about wrong usage too, but none with the help', () => {
    const { output, documents } = recorder();
    const json = { isDebug: false, isJson: true };
    presentFailure(new CommanderError(0, 'commander.helpDisplayed', 'help'), output, json);
    presentFailure(new CommanderError(1, 'commander.x', 'error: unknown option'), output, json);
    expect(documents).toEqual([
      {
        error: {
          code: 'ERR_USAGE',
          message: 'unknown option',
          hint: 'add --help for usage',
          where: null,
        },
      },
    ]);
  });

  it('prints one document with --json', () => {
    const { output, documents } = recorder();
    presentFailure(new InvalidInputError('ERR_X', { message: 'bad' }), output, {
      isDebug: false,
      isJson: true,
    });
    expect(documents).toEqual([
      { error: { code: 'ERR_X', message: 'bad', hint: null, where: null } },
    ]);
  });
});
