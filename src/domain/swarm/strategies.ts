import { globsMeet } from './touches.js';
import { isWriter, type Subtask } from './subtask.js';
import type { SwarmStrategy } from './swarm-plan.js';

/** Pairs named in one problem: more help nobody. */
const PAIRS_SHOWN = 10;
const STAGES = ['analyse', 'implement', 'test'] as const;

/** What a strategy promises and the plan of a model breaks, one sentence each; empty when it holds. Pure. */
export function strategyProblems(
  strategy: SwarmStrategy,
  subtasks: readonly Subtask[],
  tree: readonly string[],
): string[] {
  if (strategy === 'domain') return domainProblems(subtasks, tree);
  if (strategy === 'stage') return stageProblems(subtasks);
  return [];
}

/** Disjoint sets of paths, each of which lies in the repository or may be made there. */
function domainProblems(subtasks: readonly Subtask[], tree: readonly string[]): string[] {
  const writers = subtasks.filter(isWriter);
  const problems = writers
    .filter(({ touches }) => touches.length === 0)
    .map(({ id }) => `${id} names no paths in touches: each domain owns its paths`);
  const meeting: string[] = [];
  for (const [index, one] of writers.entries()) {
    for (const other of writers.slice(index + 1)) {
      if (isOrdered(subtasks, one.id, other.id)) continue;
      if (one.touches.some((left) => other.touches.some((right) => globsMeet(left, right))))
        meeting.push(`${one.id} and ${other.id}`);
    }
  }
  if (meeting.length > 0)
    problems.push(
      `the paths of these domains overlap: ${meeting.slice(0, PAIRS_SHOWN).join('; ')}; make them disjoint`,
    );
  const roots = new Set(tree.map((path) => path.split('/')[0] ?? ''));
  for (const { id, touches } of writers) {
    const unknown = touches.filter((glob) => !isPlausible(glob, roots));
    if (tree.length > 0 && unknown.length === touches.length && touches.length > 0)
      problems.push(`${id} touches only paths that the repository has not: ${unknown.join(', ')}`);
  }
  return problems;
}

function isPlausible(glob: string, roots: ReadonlySet<string>): boolean {
  const [first = ''] = glob.replace(/^\.?\//, '').split('/');
  return /[*?[{]/.test(first) || roots.has(first) || !glob.includes('/');
}

/** True when one of the two waits for the other, directly or not. */
function isOrdered(subtasks: readonly Subtask[], one: string, other: string): boolean {
  const byId = new Map(subtasks.map((subtask) => [subtask.id, subtask]));
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>();
    const open = [from];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === to) return true;
      if (seen.has(id)) continue;
      seen.add(id);
      open.push(...(byId.get(id)?.dependsOn ?? []));
    }
    return false;
  };
  return reaches(one, other) || reaches(other, one);
}

/** Layers: what is analysed first, then made, then tested; somebody in each later layer waits for the one before. */
function stageProblems(subtasks: readonly Subtask[]): string[] {
  if (subtasks.length < 2)
    return [`a plan in stages has at least two subtasks (${STAGES.join(' -> ')})`];
  const depths = layersOf(subtasks);
  const layers = 1 + Math.max(...depths.values());
  return layers < 2 ? ['no subtask depends on another: stages need depends_on'] : [];
}

/** Layer of each subtask, from 0: one more than the highest of what it waits for. The plan has no circles. Pure. */
export function layersOf(
  subtasks: readonly Pick<Subtask, 'id' | 'dependsOn'>[],
): Map<string, number> {
  const layers = new Map<string, number>();
  const open = new Map(subtasks.map((subtask) => [subtask.id, subtask]));
  while (open.size > 0) {
    const before = open.size;
    for (const [id, { dependsOn }] of open) {
      if (dependsOn.some((dependency) => open.has(dependency))) continue;
      const below = dependsOn.map((dependency) => layers.get(dependency) ?? -1);
      layers.set(id, 1 + Math.max(-1, ...below));
      open.delete(id);
    }
    if (open.size === before) break;
  }
  return layers;
}

/** One part of the input of a data swarm. */
export interface Partition {
  readonly name: string;
  /** Paths relative to the repository. */
  readonly files: readonly string[];
}

/**
 * The files in `count` parts of about the same size in bytes, each file in exactly one part, files of a folder side by side. Pure; the
 * union is the input and no two parts overlap (a property test holds it to that).
 */
export function partitionFiles(
  files: readonly { readonly path: string; readonly bytes: number }[],
  count: number,
): Partition[] {
  const sorted = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  const parts = Math.max(1, Math.min(count, sorted.length));
  const total = sorted.reduce((sum, { bytes }) => sum + bytes + 1, 0);
  const result: { name: string; files: string[] }[] = [];
  let seen = 0;
  for (const [index, { path, bytes }] of sorted.entries()) {
    const wanted = Math.min(parts - 1, Math.floor((seen / total) * parts));
    const rest = sorted.length - index;
    const mustOpen = parts - result.length >= rest;
    if (result.length === 0 || (result.length <= wanted && result.length < parts) || mustOpen)
      result.push({ name: `part-${result.length + 1}`, files: [] });
    result.at(-1)?.files.push(path);
    seen += bytes + 1;
  }
  return result;
}

/** One subtask for each part, with the same instruction and the names of its files. Pure. */
export function partitionSubtasks(
  instruction: string,
  partitions: readonly Partition[],
  agent: 'build' | 'explore',
): Subtask[] {
  return partitions.map(({ name, files }) => ({
    id: name,
    instruction: `${instruction}\n\nYour part of the input is these ${files.length} files, and no others:\n${files.map((file) => `- ${file}`).join('\n')}`,
    dependsOn: [],
    touches: [],
    agent,
    priority: 1,
  }));
}
