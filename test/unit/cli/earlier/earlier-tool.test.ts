import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { refuseEarlier } from '../../../../src/cli/earlier/refuse-earlier.js';
import { REFUSED } from '../../../../src/cli/earlier/refused.js';
import { presentFailure } from '../../../../src/cli/failure.js';
import {
  findCommand,
  type CommandNode,
  type OptionNode,
} from '../../../../src/cli/help/command-tree.js';
import { describeProgram } from '../../../../src/cli/help/describe-program.js';
import { createOutput } from '../../../../src/cli/output.js';
import { createProgram } from '../../../../src/cli/program.js';
import { EARLIER_TOOL, type EarlierRow } from '../../../fixtures/earlier-tool/commands.js';

const tree = describeProgram(createProgram('0.0.0'));

function commandOf(path: string): CommandNode | undefined {
  return findCommand(
    tree,
    path.split(' ').filter((word) => word !== ''),
  )?.at(-1);
}

function flagsOf(what: string): { short: string | null; long: string | null } {
  const names = what.split('/');
  return {
    short: names.find((name) => /^-[a-z]$/.test(name)) ?? null,
    long: names.find((name) => name.startsWith('--')) ?? null,
  };
}

function optionOf(command: string, what: string): OptionNode | undefined {
  const { long } = flagsOf(what);
  return commandOf(command)?.options.find((option) => option.long === long);
}

const isFlag = ({ what }: EarlierRow): boolean => what.startsWith('-');
const nameOf = ({ command, what }: EarlierRow): string =>
  `codetether ${command} ${what}`.replace('  ', ' ').trim();
const of = <Is extends EarlierRow['standing']['is']>(is: Is) =>
  EARLIER_TOOL.filter(({ standing }) => standing.is === is).map((row): [string, EarlierRow] => [
    nameOf(row),
    row,
  ]);

/** Runs a command line up to its end, which must come before anything is done. */
async function run(words: readonly string[]): Promise<{ code: number; err: string }> {
  let err = '';
  const write = (text: unknown): boolean => {
    err += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stderr, 'write').mockImplementation(write),
    vi.spyOn(process.stdout, 'write').mockImplementation(write),
  ];
  try {
    await createProgram('0.0.0').parseAsync(['node', 'codetether', ...words]);
    return { code: 0, err };
  } catch (error) {
    return { code: presentFailure(error, createOutput(), { isDebug: false, isJson: false }), err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('the earlier tool', () => {
  it('is known whole: every row stands once', () => {
    const names = EARLIER_TOOL.map(nameOf);
    expect(names.length).toBeGreaterThan(75);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(of('here'))('%s is here, with its default and its short flag', (_name, row) => {
    const { command, what, standing } = row;
    if (standing.is !== 'here') throw new Error('another row');
    const place = standing.at ?? command;
    if (!isFlag(row)) {
      const terms = commandOf(place)?.arguments;
      expect(what === '' ? terms?.length : terms?.slice(0, 1)).toEqual(
        what === '' ? expect.any(Number) : [expect.anything()],
      );
      return;
    }
    const option = optionOf(place, what) ?? inherited(place, what);
    const { short, long } = flagsOf(what);
    expect(option).toMatchObject({ long, ...(short === null ? {} : { short }) });
    expect(standing.default ?? defaultOf(option)).toBe(defaultOf(option));
  });

  it.each(of('other-default'))('%s is here with another default, for a reason', (_name, row) => {
    const { standing } = row;
    if (standing.is !== 'other-default') throw new Error('another row');
    expect(defaultOf(optionOf(row.command, row.what))).toBe(standing.default);
    expect(standing.reason.length).toBeGreaterThan(20);
  });

  it.each(of('refused'))(
    '%s ends with 2 and its reason, not as something unknown',
    async (_name, row) => {
      const words = row.command.split(' ').filter((word) => word !== '');
      const names = isFlag(row)
        ? Object.values(flagsOf(row.what)).filter((name) => name !== null)
        : [undefined];
      for (const name of names) {
        const { code, err } = await run([...words, ...(name === undefined ? [] : [name, 'x'])]);
        expect(code).toBe(2);
        expect(err).toContain('error[ERR_NOT_SUPPORTED]');
        expect(err).not.toMatch(/unknown (option|command)/);
        expect(err).toMatch(/\n {2}try: \S/);
      }
    },
  );
});

/** Options of the program count behind every command, those of a family in the family. */
function inherited(command: string, what: string): OptionNode | undefined {
  const words = command.split(' ').slice(0, -1).join(' ');
  return optionOf(words, what) ?? optionOf('', what);
}

/** What a help text says of a default, without the words behind it. */
function defaultOf(option: OptionNode | undefined): string | undefined {
  const text = option?.description ?? '';
  // commander says both in one bracket
  const chosen = /\(choices: [^)]*, default: "([^"]+)"\)$/.exec(text)?.[1];
  return chosen ?? /\(default: ([^,;)]+)/.exec(text.replace(/\(choices: [^)]*\)$/, ''))?.[1];
}

describe('what is refused', () => {
  it('is refused for a row of the earlier tool, each once', () => {
    const known = of('refused').map(([, { command, what }]) =>
      `${command} ${flagsOf(what).long ?? ''}`.trim(),
    );
    const listed = REFUSED.map(({ command, flags }) =>
      `${command} ${/--[\w-]+/.exec(flags ?? '')?.[0] ?? ''}`.trim(),
    );
    expect(listed.filter((name) => !known.includes(name))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('is named in no help text and offered by no completion', () => {
    const text = JSON.stringify(tree);
    for (const { flags, command } of REFUSED) {
      if (flags === undefined) expect(commandOf(command)).toBeUndefined();
      else expect(text).not.toContain(`"flags":"${flags}"`);
    }
  });

  it('leaves a program alone that has not the command', () => {
    expect(() => {
      refuseEarlier(new Command('codetether'));
    }).not.toThrow();
  });
});

describe('short flags', () => {
  const nodes = (node: CommandNode, path: readonly string[] = []): [string, CommandNode][] => [
    [path.join(' '), node],
    ...node.commands.flatMap((child) => nodes(child, [...path, child.name])),
  ];

  it.each(nodes(tree))('of codetether %s mean one thing each', (_name, node) => {
    for (const names of [
      node.options.map(({ short }) => short),
      node.options.map(({ long }) => long),
    ]) {
      const given = names.filter((name) => name !== null);
      expect(new Set(given).size).toBe(given.length);
    }
    expect(node.options.map(({ short }) => short)).not.toContain('-h');
  });
});
