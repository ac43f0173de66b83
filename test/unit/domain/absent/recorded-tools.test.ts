import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ABSENT_KINDS, checkWord, saysAbsent } from '../../../../src/domain/absent/absence.js';
import { filesTree } from './files-tree.js';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/absent-checks');

const recordedSchema = z.object({
  tool: z.string(),
  version: z.string(),
  cases: z.array(
    z.object({
      name: z.string(),
      files: z.record(z.string(), z.string()),
      command: z.string(),
      isAbsent: z.boolean(),
      exitCode: z.number(),
      output: z.string(),
    }),
  ),
});

const recorded = readdirSync(FIXTURES)
  .sort()
  .map((file) => recordedSchema.parse(JSON.parse(readFileSync(join(FIXTURES, file), 'utf8'))));

/** The row's name where a tool's program is called otherwise. */
const ROWS: Readonly<Record<string, string>> = { mvn: 'maven' };

describe.each(recorded)('$tool $version', ({ tool, cases }) => {
  const kind = ABSENT_KINDS.find((row) => row.tool === (ROWS[tool] ?? tool));

  it.each(cases)('$command with $name: absent $isAbsent', async (entry) => {
    const word = await checkWord(entry.command, filesTree(entry.files), '.');
    const isAbsent =
      word.is === 'absent' || (word.is === 'unknown' && saysAbsent(word.said, entry) !== undefined);
    expect({ isAbsent, word: word.is }).toEqual({ isAbsent: entry.isAbsent, word: word.is });
  });

  // no package.json: bun's own runner looks for tests, and uses the machine's programs
  const said = cases.filter(({ isAbsent }) => isAbsent);
  it.each(said)('$command with $name: its row knows these words', (entry) => {
    if (kind === undefined) throw new Error(`no row ${tool}`);
    expect(saysAbsent([{ tool, ...kind.said }], entry)).toMatch(new RegExp(`^${tool} says: .+`));
  });

  const red = cases.filter(({ isAbsent }) => !isAbsent);
  it.each(red)('$command with $name: its row does not take this for absent', (entry) => {
    if (kind === undefined) throw new Error(`no row ${tool}`);
    expect(saysAbsent([{ tool, ...kind.said }], entry)).toBeUndefined();
  });
});

it('has a row for each tool that was asked for', () => {
  expect(ABSENT_KINDS.map(({ tool }) => tool).sort()).toEqual(
    'bun cargo composer deno dotnet eslint go gradle just make maven mypy npm pnpm poetry pytest rake ruff tsc unittest uv yarn'.split(
      ' ',
    ),
  );
});
