import { describe, expect, it } from 'vitest';
import {
  CodetetherError,
  describeError,
  describeLocation,
  InfrastructureError,
  InvalidInputError,
  InvariantError,
} from '../../../../src/domain/light/error.js';

const details = { message: 'the disk is full' };

describe('errors', () => {
  it('say by class how a command ends and whether a retry can help', () => {
    const errors = [
      new CodetetherError('ERR_X', details),
      new InvalidInputError('ERR_X', details),
      new InfrastructureError('ERR_X', details),
      new InfrastructureError('ERR_X', { ...details, isRetryable: false }),
      new InvariantError('ERR_X', details),
    ];
    expect(errors.map(({ name, exitCode, isRetryable }) => [name, exitCode, isRetryable])).toEqual([
      ['CodetetherError', 1, false],
      ['InvalidInputError', 2, false],
      ['InfrastructureError', 3, true],
      ['InfrastructureError', 3, false],
      ['InvariantError', 3, false],
    ]);
  });

  it('report without stack or cause', () => {
    const cause = new Error('inner');
    const error = new InvalidInputError('ERR_X', { ...details, cause, where: { file: 'a' } });
    expect(error.cause).toBe(cause);
    expect(error.report()).toEqual({
      code: 'ERR_X',
      message: 'the disk is full',
      hint: null,
      where: { file: 'a' },
    });
  });
});

describe('describeError', () => {
  it('has a line for the message, the place and the hint, as far as they are known', () => {
    expect(describeError(new InvalidInputError('ERR_X', details))).toBe(
      'error[ERR_X]: the disk is full',
    );
    expect(
      describeError(
        new InvalidInputError('ERR_X', {
          ...details,
          hint: 'make room',
          where: { file: 'prd.json', line: 3, story: 'US-001', field: 'title' },
        }),
      ),
    ).toBe(
      'error[ERR_X]: the disk is full\n  at prd.json:3, story US-001, field title\n  try: make room',
    );
  });
});

describe('describeLocation', () => {
  it('leaves out what is unknown', () => {
    expect([
      describeLocation(undefined),
      describeLocation({}),
      describeLocation({ line: 3 }),
      describeLocation({ file: 'a', field: 'b' }),
    ]).toEqual(['', '', '', 'a, field b']);
  });
});
