import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../proof-corpus/candidates.js';
import { evaluate, reportOf, type Evaluation, type Row } from '../proof-corpus/evaluate.js';
import { CORPUS_PARTS, isShared } from '../proof-corpus/share.js';
import { proveByEngine } from '../support/prove-by-engine.js';

/** `all`, or names of tools, of which everything is tried; without it a sample that takes minutes. */
const WANTED = process.env['CODETETHER_PROOF_TOOLS'];
const CHOSEN = (WANTED ?? 'node,make,shell').split(',');
const IS_EVERYTHING = CHOSEN.includes('all');
const REPORT = process.env['CODETETHER_PROOF_REPORT'];
/** Pattern for names of groups; without it all. */
const GROUPS = new RegExp(process.env['CODETETHER_PROOF_GROUPS'] ?? '');
const LIMIT_MS = 4 * 60 * 60_000;

/** The known ones, the honest ones that were hard, and some that take two stories. */
function isChosen(candidate: Candidate): boolean {
  return GROUPS.test(candidate.group) && isWanted(candidate);
}

function isWanted({ id, tool, group }: Candidate): boolean {
  if (IS_EVERYTHING) return true;
  if (!CHOSEN.includes(tool)) return false;
  if (WANTED !== undefined) return true;
  if (!isShared({ id })) return false;
  if (/^(cheats: known|honest: trials)$/.test(group)) return true;
  return group === 'cheats in two stories' && /^(c0[134]|c15|o20)/.test(id);
}

function landed(rows: readonly Row[]): string[] {
  return rows
    .filter(({ verdict }) => verdict === 'passed' || verdict === 'flagged')
    .map(({ id }) => id);
}

describe('the engine’s proof, judged by the corpus', () => {
  it('lets honest stories land and cheats not', { timeout: LIMIT_MS }, async () => {
    const evaluation: Evaluation = await evaluate(proveByEngine, {
      isChosen,
      atOnce: Number(process.env['CODETETHER_PROOF_AT_ONCE'] ?? 2),
      onRow: ({ id, group, verdict, reason, isAsExpected }) => {
        if (REPORT === undefined) return;
        const row = [id, group, verdict, ...(isAsExpected ? [] : ['UNEXPECTED', reason])];
        appendFileSync(`${REPORT}.rows`, `${row.join('\t').replaceAll('\n', ' ')}\n`);
      },
    });
    if (REPORT !== undefined) appendFileSync(REPORT, `${reportOf(evaluation)}\n`);
    const { rows } = evaluation;
    expect(rows.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    const of = (name: string) => rows.filter(({ group }) => group.startsWith(name));
    const open = (row: Row): boolean => row.expected === 'undetectable';
    // what nothing can see is allowed to land, and only that
    const cheats = of('cheats').filter((row) => !open(row));
    expect(landed(cheats)).toEqual([]);
    const wronged = of('honest').filter(
      ({ verdict, expected }) => verdict === 'refused' && expected !== 'needs-permission',
    );
    expect(wronged).toEqual([]);
    expect(rows.length).toBeGreaterThan(WANTED === undefined ? 10 / CORPUS_PARTS : 0);
  });
});
