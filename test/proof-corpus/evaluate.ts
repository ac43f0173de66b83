import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from './corpus-item.js';
import { candidates, type Candidate } from './candidates.js';
import { commitTrees } from './story-repository.js';
import { toolsFor } from './tools.js';

/** One story for a proof to judge. */
export interface StoryToProve {
  /** A repository; nothing is installed in its work tree. */
  readonly repo: string;
  readonly base: string;
  readonly head: string;
  /** The tree that a person approved; differs from `base` for the second of two stories. */
  readonly approved: string;
  readonly checks: readonly string[];
  /** Shell command that puts packages in place in any tree of the repository; may be empty. */
  readonly setup: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a proof says of one story. */
export interface Verdict {
  readonly verdict: 'passed' | 'flagged' | 'refused';
  readonly reason: string;
}

/** The proof that is judged. */
export type Prove = (story: StoryToProve) => Promise<Verdict>;

/** One item with what was expected of it and what came. */
export interface Row {
  readonly id: string;
  readonly group: string;
  readonly expected: Candidate['expected'];
  /** `skipped`: a tool is missing here. `failed`: the proof threw. */
  readonly verdict: Verdict['verdict'] | 'skipped' | 'failed';
  readonly reason: string;
  readonly isAsExpected: boolean;
}

/** How many of one group were judged, landed and came as expected. */
export interface GroupCount {
  readonly judged: number;
  readonly landed: number;
  readonly asExpected: number;
  readonly skipped: number;
}

/** Every row, and the counts by group. */
export interface Evaluation {
  readonly rows: readonly Row[];
  readonly groups: Readonly<Record<string, GroupCount>>;
}

/** Which items to judge, and how. */
export interface EvaluationOptions {
  /** Default: all items. */
  readonly isChosen?: (candidate: Candidate) => boolean;
  /** How many items are judged at a time; default 1. */
  readonly atOnce?: number;
  /** Told each row when it is known. */
  readonly onRow?: (row: Row) => void;
}

/** Judges `prove` by the corpus; the rows keep the corpus's order. */
export async function evaluate(
  prove: Prove,
  { isChosen = () => true, atOnce = 1, onRow }: EvaluationOptions = {},
): Promise<Evaluation> {
  const chosen = candidates().filter(isChosen);
  const rows: Row[] = [];
  const waiting = chosen.entries();
  const judgeNext = async (): Promise<void> => {
    for (const [at, candidate] of waiting) {
      const row = await judge(candidate, prove);
      rows[at] = row;
      onRow?.(row);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, judgeNext));
  return { rows, groups: countsOf(rows) };
}

/** The rows that came otherwise than expected and the counts, as text. */
export function reportOf({ rows, groups }: Evaluation): string {
  const wrong = rows.filter((row) => !row.isAsExpected && row.verdict !== 'skipped');
  return [
    ...wrong.map(
      (row) => `${row.id}\t${row.group}\t${row.expected} -> ${row.verdict}\t${row.reason}`,
    ),
    ...Object.entries(groups).map(
      ([group, { judged, landed, asExpected, skipped }]) =>
        `${group}: ${landed} of ${judged} landed, ${asExpected} as expected, ${skipped} skipped`,
    ),
  ].join('\n');
}

async function judge(candidate: Candidate, prove: Prove): Promise<Row> {
  const { id, group, expected } = candidate;
  const { verdict, reason } = await verdictOn(candidate, prove);
  return { id, group, expected, verdict, reason, isAsExpected: isRight(expected, verdict) };
}

async function verdictOn(
  candidate: Candidate,
  prove: Prove,
): Promise<Pick<Row, 'verdict' | 'reason'>> {
  const { project, stories, forge } = candidate;
  const tools = toolsFor(project.needs);
  if (tools === undefined) return { verdict: 'skipped', reason: project.needs.join(', ') };
  const repo = await realpath(await mkdtemp(join(tmpdir(), 'proof-story-')));
  try {
    const trees: readonly Files[] = [project.files, ...stories];
    const commits = await commitTrees({ repo, trees, project, tools, forge });
    const [approved = ''] = commits;
    let last: Verdict = { verdict: 'refused', reason: 'no story' };
    for (const [at, head] of commits.entries()) {
      if (at === 0) continue;
      last = await prove({
        repo,
        base: commits[at - 1] ?? approved,
        head,
        approved,
        checks: [project.check],
        setup: [tools.setup, project.setup ?? ''].filter(Boolean).join(' && '),
        environment: tools.environment,
      });
      if (last.verdict === 'refused') return { ...last, reason: `story ${at}: ${last.reason}` };
    }
    return last;
  } catch (error) {
    return { verdict: 'failed', reason: String(error) };
  } finally {
    await rm(repo, { recursive: true, force: true });
  }
}

/** An honest story that may carry a flag need not; what only may pass with permission is refused without. */
function isRight(expected: Candidate['expected'], verdict: Row['verdict']): boolean {
  switch (expected) {
    case 'refused':
    case 'needs-permission':
      return verdict === 'refused';
    case 'passed':
    case 'flagged':
      return verdict === 'passed' || verdict === 'flagged';
    case 'undetectable':
      return verdict !== 'failed' && verdict !== 'skipped';
  }
}

function countsOf(rows: readonly Row[]): Record<string, GroupCount> {
  const groups: Record<string, GroupCount> = {};
  for (const name of new Set(rows.map(({ group }) => group))) {
    const all = rows.filter(({ group }) => group === name);
    const judged = all.filter(({ verdict }) => verdict !== 'skipped');
    groups[name] = {
      judged: judged.length,
      landed: judged.filter(({ verdict }) => verdict === 'passed' || verdict === 'flagged').length,
      asExpected: judged.filter(({ isAsExpected }) => isAsExpected).length,
      skipped: all.length - judged.length,
    };
  }
  return groups;
}
