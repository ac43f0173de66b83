import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tokenOf, type CanaryKind } from '../../src/domain/proof/canaries/canary.js';
import { plantCase } from '../../src/domain/proof/canaries/plant-case.js';
import { plantFinding, plantUnreadable } from '../../src/domain/proof/canaries/plant-finding.js';
import type { Planted, Planting } from '../../src/domain/proof/canaries/planting.js';
import { toolsIn } from '../../src/domain/proof/tools/rows.js';
import type { Need } from '../proof-corpus/corpus-item.js';
import { toolsFor } from '../proof-corpus/tools.js';

/** A project with a check, small and green. */
export interface CanaryProject {
  readonly needs: readonly Need[];
  /** More programs, each with arguments with which it ends well. */
  readonly programs?: readonly (readonly string[])[];
  readonly check: string;
  readonly files: Readonly<Record<string, string>>;
  /** Files in which canaries are planted. */
  readonly places: readonly string[];
  /** Starts before the check and needs nothing of it. */
  readonly before?: string;
  /** Canaries that are tried together. */
  readonly stages: readonly (readonly CanaryKind[])[];
  /** Number of a token that this runner never shows, for example because it knows methods only. */
  readonly silent?: number;
}

/** How a check ended, and which tokens it showed of those that were planted. */
export interface CanaryRun {
  readonly isRed: boolean;
  /** `path kind index` of each. */
  readonly planted: readonly string[];
  readonly shown: readonly string[];
  readonly output: string;
}

const LIMIT_MS = 200_000;

/** True when everything that the project needs is on this machine. */
function canRun({ needs, programs = [] }: CanaryProject): boolean {
  const areThere = programs.every(
    ([program = '', ...args]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0,
  );
  return areThere && toolsFor(needs) !== undefined;
}

/** Runs the check of the project with canaries of these kinds; without kinds as it is. */
function runWithCanaries(project: CanaryProject, kinds: readonly CanaryKind[]): CanaryRun {
  const tools = new Set(toolsIn([project.check]).map(({ tool }) => tool));
  const planted = new Map<string, string>();
  const files = { ...project.files };
  for (const path of project.places)
    for (const kind of kinds) {
      const secret = createHash('sha256').update(`${kind} ${path}`).digest('hex').slice(0, 12);
      const token = (index: number): string => tokenOf(secret, index);
      const done = plant(kind, { path, text: files[path] ?? '', token, tools });
      if (done === undefined) continue;
      files[path] = done.text;
      for (const [index, name] of done.tokens.entries())
        planted.set(name, `${path} ${kind} ${index}`);
    }
  const end = runCheck(project, files);
  return {
    isRed: end.status !== 0,
    planted: [...planted.values()],
    shown: [...planted].filter(([name]) => end.output.includes(name)).map(([, place]) => place),
    output: end.output,
  };
}

function plant(kind: CanaryKind, planting: Planting): Planted | undefined {
  if (kind === 'finding') return plantFinding(planting);
  if (kind === 'unreadable') return plantUnreadable(planting);
  return kind === 'broken-product' ? undefined : plantCase(kind, planting);
}

/** Places of `run` whose token the project's runner can show. */
function expectedOf({ silent }: CanaryProject, { planted }: CanaryRun): string[] {
  return planted.filter(
    (place) => place.includes(' existing-tests ') || !place.endsWith(` ${silent}`),
  );
}

/** Runs the check on these files, in a folder of its own. */
export function runCheck(
  { needs, check, before = '' }: CanaryProject,
  files: Readonly<Record<string, string>>,
): { readonly status: number | null; readonly output: string } {
  const tools = toolsFor(needs);
  if (tools === undefined) throw new Error(`not on this machine: ${needs.join(', ')}`);
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'canary-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, path.endsWith('.sh') ? { mode: 0o755 } : {});
    }
    const command = [tools.setup, before, check].filter((part) => part !== '').join(' && ');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      cwd: root,
      encoding: 'utf8',
      env: { ...tools.environment },
      timeout: LIMIT_MS,
    });
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Tries every project: green without a canary, red with each kind, and every token is shown. Skips visibly where a tool is missing. */
export function tryProjects(projects: Readonly<Record<string, CanaryProject>>): void {
  describe.each(Object.entries(projects))('canaries in %s', (_, project) => {
    const canTry = canRun(project);

    it.skipIf(!canTry)('are nowhere, and the check is green', () => {
      const { isRed, output } = runWithCanaries(project, []);
      expect({ isRed, output }).toEqual({ isRed: false, output });
    });

    it.skipIf(!canTry).each(project.stages.map((kinds) => ({ kinds })))(
      'turn it red, and every token is shown: $kinds',
      ({ kinds }) => {
        const run = runWithCanaries(project, kinds);
        const wanted = expectedOf(project, run);
        expect(run).toEqual({ ...run, isRed: true, shown: wanted });
        expect(wanted.length).toBeGreaterThanOrEqual(project.places.length);
      },
    );
  });
}

/** Kinds for files of tests. */
export const CASES: readonly (readonly CanaryKind[])[] = [
  ['existing-tests'],
  ['new-case', 'assertion'],
];

/** A package without anything. */
export const PACKAGE = '{"private":true}\n';
