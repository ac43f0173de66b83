import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { parseSessionExport } from '../../../../src/domain/session/session-export.js';

const AT = '2026-01-02T03:04:05.000Z';
const WHOLE = {
  format: 'codetether-session',
  version: 1,
  session_id: '01hx3v6m2q8w0c5r7t9y1z3b5d',
  title: 'a title',
  agent: 'chat',
  started_at: AT,
  turns: [{ turn: 1, at: AT, model: 'fake/one', prompt: 'q', answer: null }],
};

function problem(value: unknown): InvalidInputError {
  try {
    parseSessionExport(value, 's.json', (path) => path.length);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('an exported session', () => {
  it('is read as it was written', () => {
    expect(parseSessionExport(WHOLE, 's.json', () => undefined)).toEqual(WHOLE);
  });

  it.each([
    ['something else', 'x', 'the file'],
    ['another format', { ...WHOLE, format: 'other' }, 'format'],
    ['a later version', { ...WHOLE, version: 2 }, 'version'],
    ['no turns', { ...WHOLE, turns: undefined }, 'turns'],
    [
      'a turn without words',
      { ...WHOLE, turns: [{ ...WHOLE.turns[0], prompt: '' }] },
      'turns.0.prompt',
    ],
    ['a moment that is none', { ...WHOLE, started_at: 'yesterday' }, 'started_at'],
    [
      'an answer without end',
      { ...WHOLE, turns: [{ ...WHOLE.turns[0], answer: 'x'.repeat(1_000_001) }] },
      'turns.0.answer',
    ],
    [
      'turns without end',
      { ...WHOLE, turns: Array.from({ length: 251 }, () => WHOLE.turns[0]) },
      'turns',
    ],
  ])('is refused with %s, by field and line', (_name, value, field) => {
    const error = problem(value);
    expect([error.code, error.exitCode]).toEqual(['ERR_SESSION_EXPORT', 2]);
    expect(error.message).toContain(`${field}: `);
    expect(error.message).toMatch(/line \d+, /);
  });

  it('shows some of many problems', () => {
    const turns = Array.from({ length: 30 }, () => ({ turn: 'x' }));
    expect(problem({ ...WHOLE, turns }).message).toMatch(/and \d+ more$/);
  });
});
