import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../src/rlm/script/script-source.js';
import { play, promptOf, valueOf, type Answer } from '../../support/script-bench.js';
import {
  exampleAnswer,
  exampleFile,
  exampleTexts,
  SCRIPT_EXAMPLES,
} from '../../support/script-examples.js';

const texts = exampleTexts();
const nested = texts;
const textOf = (name: string): string => texts[name] ?? '';
const answer: Answer = (call) => exampleAnswer(promptOf(call));

describe('the scripts in examples/', () => {
  it('are all here, can run, are called as their files, and stand in the table of their README', () => {
    expect(SCRIPT_EXAMPLES.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(texts).toSorted(),
    );
    const table = readFileSync('examples/scripts/README.md', 'utf8');
    for (const [name, text] of Object.entries(texts)) {
      const read = readScript(text);
      expect('problems' in read ? read.problems : read.meta.name).toBe(name);
      expect(table).toContain(`[${name}](${name}.js)`);
      expect(text.split('\n').length).toBeLessThan(70);
    }
  });

  it.each(SCRIPT_EXAMPLES)('$name comes to its result, whichever agent ends first', async (one) => {
    const { name, args, value, agents, files } = one;
    const given = { answer, args: JSON.stringify(args), nested };
    const first = await play(textOf(name), given);
    expect(valueOf(first)).toEqual(value);
    expect(first.calls).toHaveLength(agents);
    const written = first.calls.flatMap((call) => exampleFile(promptOf(call)) ?? []);
    expect(written.toSorted()).toEqual([...files].toSorted());
    const last = await play(textOf(name), { ...given, pick: (waiting) => waiting.length - 1 });
    expect(valueOf(last)).toEqual(value);
    const chains = ({ calls }: typeof first) => calls.map(({ chain }) => chain).toSorted();
    expect(chains(last)).toEqual(chains(first));
  });

  it.each(SCRIPT_EXAMPLES.filter(({ name }) => name !== 'rows'))(
    '$name has arguments for whoever gives none',
    async ({ name }) => {
      const { last } = await play(textOf(name), { answer: looseAnswer, nested });
      expect([last.state, last.error]).toEqual(['done', null]);
    },
  );

  it('rows says what it needs', async () => {
    const { last, calls } = await play(textOf('rows'), { answer });
    expect(last.error?.message).toContain('there are no rows: --args');
    expect(calls).toEqual([]);
  });
});

/** A value of any schema. */
const looseAnswer: Answer = ({ payload }) => {
  const { schema } = JSON.parse(payload) as { schema?: Schema };
  return schema === undefined ? 'a text' : sample(schema);
};

interface Schema {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function sample({ type, enum: choices, items, properties }: Schema): unknown {
  if (type === 'boolean') return true;
  if (type === 'string') return choices?.[0] ?? 'a text';
  if (type === 'array') return items === undefined ? [] : [sample(items)];
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, one]) => [name, sample(one)]),
  );
}

describe('an agent that fails in an example', () => {
  const failing =
    (pattern: RegExp): Answer =>
    (call) => {
      if (pattern.test(promptOf(call))) throw new Error('it broke');
      return answer(call);
    };
  const run = async (name: string, pattern: RegExp) => {
    const args = JSON.stringify(SCRIPT_EXAMPLES.find((one) => one.name === name)?.args);
    return valueOf(await play(textOf(name), { answer: failing(pattern), args, nested }));
  };

  it.each([
    ['map-files', /^Change the file src\/b/, { failed: ['src/b.ts'] }],
    ['tournament', /^Which answers/, { winner: { way: 'the plainest that can work' } }],
    ['vote', /^Voter 4/, { winner: 'yes', voters: 3 }],
    [
      'migrate',
      /^Begin the migration of core/,
      {
        migrated: 1,
        results: [{ name: 'core', ok: false, problems: ['its agent failed'] }, { ok: true }],
      },
    ],
    ['research', /^Look into this: who calls/, { claims: 2, stood: 1 }],
    ['escalate', /^Try 1 at this: easy/, { solved: 2, tries: 4 }],
    ['ship-check', /^Review src for wrong/, { parts: [{ part: 'src', findings: 1 }] }],
  ])('leaves %s with a result that says so', async (name, pattern, expected) => {
    expect(await run(name, pattern)).toMatchObject(expected);
  });

  it('leaves its row of the table empty', async () => {
    expect(await run('rows', /^Look up for Rome/)).toContainEqual({
      name: 'Rome',
      value: null,
      source: null,
    });
  });

  it('ends until-green with what ended it', async () => {
    await expect(run('until-green', /^Round 1/)).rejects.toThrow('AgentError: Error: it broke');
  });
});
