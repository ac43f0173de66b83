import { describe, expect, it } from 'vitest';
import {
  INITIAL_STALL_STATE,
  observeTurn,
  type StallObservation,
  type StallState,
} from '../../../../src/domain/agent/stall.js';

/** Feeds turns of one call each and gives the verdicts. */
function verdicts(turns: readonly StallObservation[]): string[] {
  let state: StallState = INITIAL_STALL_STATE;
  return turns.map((turn) => {
    const observed = observeTurn(state, [turn]);
    state = observed.state;
    return observed.verdict.kind;
  });
}

const call = (name: string, result = 'same', progress: string[] = []): StallObservation => ({
  call: name,
  result,
  progress,
});

describe('observeTurn', () => {
  it('notes the third same call with the same result, and stops when it goes on', () => {
    expect(verdicts(Array.from({ length: 6 }, () => call('grep')))).toEqual([
      'ok',
      'ok',
      'note',
      'ok',
      'ok',
      'stop',
    ]);
  });

  it('says nothing while results differ and progress is made', () => {
    expect(
      verdicts(Array.from({ length: 20 }, (_, index) => call('bash', `r${index}`, [`f${index}`]))),
    ).toEqual(Array.from({ length: 20 }, () => 'ok'));
  });

  it.each([2, 3, 4])('notes a cycle of length %i after its third round', (length) => {
    const turns = Array.from({ length: length * 3 }, (_, index) =>
      call(`c${index % length}`, 'r', [`new${index}`]),
    );
    expect(verdicts(turns).at(-1)).toBe('note');
    expect(verdicts(turns).slice(0, -1)).not.toContain('note');
  });

  it('notes the eighth turn without a new fact', () => {
    const turns = Array.from({ length: 8 }, (_, index) => call('read', `r${index}`));
    expect(verdicts(turns)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'note']);
  });

  it('forgives after progress: the next stall is a note again', () => {
    const stuck = [call('a'), call('a'), call('a')];
    expect(verdicts([...stuck, call('edit', 'done', ['file:1']), ...stuck])).toEqual([
      'ok',
      'ok',
      'note',
      'ok',
      'ok',
      'ok',
      'note',
    ]);
  });

  it('does not count a fact as new twice', () => {
    const turns = Array.from({ length: 9 }, (_, index) => call('read', `r${index}`, ['file:1']));
    expect(verdicts(turns).at(-1)).toBe('note');
  });
});
