import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFrontMatter } from '../../../../src/runs/definitions/front-matter.js';

function read(text: string) {
  const head = readFrontMatter(text);
  return 'problem' in head ? head : { fields: head.fields, body: head.body };
}

describe('the head of a Markdown file', () => {
  it('is its fields, and the body what stands below', () => {
    const text = '---\nname: a\ntools:\n  - Read\n---\nDo this.\n---\nmore\n';
    expect(read(text)).toEqual({
      fields: { name: 'a', tools: ['Read'] },
      body: 'Do this.\n---\nmore\n',
    });
  });

  it('is read with a byte order mark and with line ends of Windows', () => {
    expect(read('\uFEFF---\r\nname: a\r\n---\r\nx')).toEqual({ fields: { name: 'a' }, body: 'x' });
  });

  it('takes a value with a colon that nobody quoted for text', () => {
    const text = '---\nname: a\ndescription: Use this: when the build fails\n---\nx';
    expect(read(text)).toMatchObject({
      fields: { name: 'a', description: 'Use this: when the build fails' },
    });
  });

  it.each([
    ['no head', 'x', 1, 'it does not begin with ---'],
    ['an open head', '---\nname: a\n', 1, 'its head is not closed by ---'],
    ['a list', '---\n- a\n---\n', 2, 'its head is no list of fields'],
    ['nothing in it', '---\n---\n', 2, 'its head is no list of fields'],
    [
      'a huge head',
      `---\n${'a: b\n'.repeat(10_000)}---\n`,
      1,
      'its head has more than 16384 characters',
    ],
  ])('%s is said with its line', (...[, text, line, problem]) => {
    expect(read(text)).toEqual({ line, problem });
  });

  it('says the line of what is wrong', () => {
    expect(read('---\nname: a\ntools: [Read\n---\nx')).toMatchObject({
      line: expect.any(Number) as number,
    });
    expect(read('---\nname: a\nname: b\n---\nx')).toMatchObject({ line: 3 });
  });

  it('expands no aliases, of which few stand for gigabytes', () => {
    const levels = Array.from(
      { length: 9 },
      (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`,
    );
    const bomb = `---\nl0: &l0 [x]\n${levels.join('\n')}\n---\n`;
    const startedAt = performance.now();
    expect(read(bomb)).toHaveProperty('problem');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        readFrontMatter(`---\n${text}\n---\nbody`);
        readFrontMatter(text);
      }),
      { numRuns: 30 },
    );
  });

  it('knows where its fields stand', () => {
    const head = readFrontMatter('---\na: 1\nb: 2\n---\n');
    if ('problem' in head) throw new Error(head.problem);
    expect([head.lineOf('a'), head.lineOf('b'), head.lineOf('none')]).toEqual([2, 3, 2]);
  });
});
