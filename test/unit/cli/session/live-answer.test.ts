import { describe, expect, it } from 'vitest';
import { LiveAnswer } from '../../../../src/cli/session/live-answer.js';

function shown(isStructured = false) {
  const printed: string[] = [];
  const keep = (text: unknown): void => {
    printed.push(typeof text === 'string' ? text : JSON.stringify(text));
  };
  const output = { result: keep, line: keep, note: keep };
  return { printed, live: new LiveAnswer(output, { story: 'T2', isStructured }) };
}
const begin = (call: string) => ({ kind: 'begin' as const, story: 'T2', call });
const text = (call: string, said: string, story = 'T2') => ({
  kind: 'text' as const,
  story,
  call,
  text: said,
});

describe('an answer that is shown while it is made', () => {
  it('is printed line by line, and the rest at its end', () => {
    const { live, printed } = shown();
    live.take([begin('a'), text('a', 'one\ntw')]);
    live.take([text('a', 'o\nthree'), text('a', 'x\n', 'T1')]);
    expect(printed).toEqual(['one', 'two']);
    expect(live.rest('one\ntwo\nthree')).toBe('three');
    expect(live.rest('something else')).toBe('something else');
  });

  it('begins again with another try of the same call, and not with the next call', () => {
    const { live, printed } = shown();
    live.take([begin('a'), text('a', 'one\n'), begin('b'), text('b', 'two\n')]);
    expect(printed).toEqual(['one', 'two']);
    live.take([begin('b'), text('a', 'late\n'), text('b', 'three\n')]);
    expect(printed.slice(2)).toEqual(['(the answer begins again)', 'three']);
    expect(live.rest('three\nfour')).toBe('four');
  });

  it('is as a whole what is left where nothing was printed', () => {
    const { live } = shown();
    live.take([text('unknown', 'x\n')]);
    expect(live.rest('answer')).toBe('answer');
  });

  it('is told as documents to programs', () => {
    const { live, printed } = shown(true);
    live.take([begin('a'), text('a', 'one'), begin('a')]);
    expect(printed).toEqual([
      '{"type":"delta.begin","is_again":false}',
      '{"type":"delta.text","text":"one"}',
      '{"type":"delta.begin","is_again":true}',
    ]);
    expect(live.rest('one')).toBe('one');
  });
});
