import { describe, expect, it } from 'vitest';
import { NEXT_CELL } from '../../../src/rlm/engine/cell-source.js';
import { operationCode } from '../../../src/rlm/operation-code.js';
import { cellOf } from '../../../src/rlm/reply-cells.js';
import { directPrompt, rootPrompt } from '../../../src/rlm/root-prompt.js';
import { storedInput } from '../../support/rlm-bench.js';

describe('the code of a reply', () => {
  it.each([
    ['one fence', 'I look.\n```js\nhead(2)\n```\nDone.', 'head(2)'],
    ['two fences', '```js\na\n```\nand\n```repl\nb\n```', `a${NEXT_CELL}b`],
    ['a fence without a language, or that is not closed', '```\nx = 1', 'x = 1'],
    ['a longer fence around another', '````js\nprint("```")\n````', 'print("```")'],
    [
      'bare commands',
      'First\nhead(2)\nlet n = count("x")\nso it is',
      '//# commands\nhead(2)\nlet n = count("x")',
    ],
    ['a fence that quotes something else', '```json\n{"a":1}\n```', undefined],
    ['prose that names FINAL', 'The answer is FINAL("7").', undefined],
    ['nothing', '', undefined],
  ])('is found in %s', (_name, reply, code) => {
    expect(cellOf(reply)).toBe(code);
  });
});

describe('a tool call', () => {
  it('is the same as a function', () => {
    expect(operationCode('context_grep', '{"pattern":"a\\"b"}')).toEqual({
      code: 'print(grep("a\\"b", { limit: 50 }))',
    });
    expect(operationCode('final', '{"answer":{"n":1},"evidence":["x"]}')).toEqual({
      code: 'FINAL({"n":1}, { evidence: ["x"] })',
    });
    expect(operationCode('repl', '{"code":"1"}')).toEqual({ code: '1' });
  });

  it.each([
    ['constructor', '{}', 'there is no tool constructor here'],
    ['repl', '{bad', 'repl: the arguments are not valid JSON'],
    ['repl', '{}', 'repl: '],
  ])('%s with %s is answered with what is wrong', (name, args, problem) => {
    expect((operationCode(name, args) as { problem: string }).problem).toContain(problem);
  });
});

describe('the prompt', () => {
  it('holds the question and what is known of the input, and none of it', async () => {
    const { manifest } = await storedInput({ 'a.log': '2026-01-01T00:00:00 ERROR secret\n' });
    const limits = {
      iterations: 5,
      calls: 10,
      levels: 0,
      schema: '{"type":"number"}',
      goesOn: [{ query: 'Before?', answer: 'Yes' }],
    };
    const prompt = rootPrompt('How many?', manifest, limits);
    expect(prompt).toContain('Question: How many?');
    expect(prompt).toContain('33 bytes, about 9 tokens, 1 lines; logs.');
    expect(prompt).toContain('You have 5 messages and 10 model calls.');
    expect(prompt).toContain('- Before?\n  Yes');
    expect(prompt).toContain('{"type":"number"}');
    expect(prompt).not.toContain('secret');
    expect(directPrompt('Q', 'T')).toContain('Question: Q\n\nInput:\nT');
  });
});
