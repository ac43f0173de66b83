import { posix } from 'node:path';
import {
  checkControlSchema,
  isPassing,
  type Check,
  type CheckControl,
  type Evidence,
} from '../../../domain/index.js';
import { createGit, sha256, type WorkspaceFolders } from '../../../platform/index.js';
import type { CheckWatch } from '../proof-rounds.js';
import { watchAccessTimes } from './access-times.js';
import { controlCheck, type PlainRun, type ToolCheck, type TrialBench } from './check-control.js';
import { toolsOfCheck } from './check-tools.js';
import { traceLookups, type Lookups } from './lookups.js';
import { listFiles, type TreeFile } from './tree-files.js';

/** Grows when canaries change, so that older controls are tried anew. */
const VERSION = 1;

/** The base whose controls are asked for. */
export interface ControlledBase {
  readonly proofLane: WorkspaceFolders;
  readonly tree: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Set-up of the run; what it prepares decides what checks can do. */
  readonly setup: unknown;
}

/** Files of a base. */
export async function openBase(
  proofLane: WorkspaceFolders,
  { tree, setup }: Pick<ControlledBase, 'tree' | 'setup'>,
): Promise<ControlledBase> {
  const files = await listFiles(createGit({ gitDir: proofLane.gitDir }), tree);
  return { proofLane, tree, files, setup };
}

/** What a check does on a base; tried once, then read, also by later runs on the same base. */
export async function controlOn(
  bench: TrialBench,
  base: ControlledBase,
  request: { readonly check: Check; readonly plain?: PlainRun | undefined },
): Promise<CheckControl & { readonly tools: ToolCheck['tools'] }> {
  const { check } = request;
  const { proofLane, tree, files } = base;
  const tools = await toolsOfCheck(proofLane, tree, check);
  const { result } = await bench.work.dependencies.journal.settle({
    key: { scope: `control ${digestOf(bench, base, check)}`, step: 1, index: 0 },
    identity: { tree, command: sha256(check.command) },
    parse: (stored) => checkControlSchema.parse(stored),
    run: async () => {
      const plain = request.plain ?? (await runPlain(bench, base, check));
      if (plain === undefined) return NO_CONTROL;
      if (plain.evidence.absence !== undefined) return { ...NO_CONTROL, isAbsent: true };
      const lookups = isPassing(plain.evidence) ? await runTraced(bench, base, check) : undefined;
      return controlCheck(bench, { check, tools }, { base: { tree, files }, plain, lookups });
    },
  });
  return { ...result, tools };
}

/** Once more under a trace, where there is one. */
async function runTraced(
  { rounds }: TrialBench,
  base: ControlledBase,
  check: Check,
): Promise<Lookups | undefined> {
  const trace = await traceLookups(base.proofLane);
  if (trace === undefined) return undefined;
  const round = await rounds.run(base.tree, 'base', { only: [check.name], wrap: trace.wrap });
  const [evidence] = round.isReady ? round.evidence : [];
  const lookups = await trace.collect();
  return evidence !== undefined && isPassing(evidence) ? lookups : undefined;
}

const NO_CONTROL: CheckControl = {
  isGreen: false,
  passed: null,
  method: 'names',
  reads: [],
  misses: [],
  stages: [],
};

function digestOf({ work }: TrialBench, base: ControlledBase, check: Check): string {
  const { level } = work.dependencies.sandbox;
  const facts = [
    VERSION,
    base.tree,
    posix.normalize(base.proofLane.workdir),
    check.command,
    check.timeoutMs,
    level,
    process.version,
    base.setup,
  ];
  return sha256(JSON.stringify(facts));
}

async function runPlain(
  { rounds }: TrialBench,
  base: ControlledBase,
  check: Check,
): Promise<PlainRun | undefined> {
  const watch = createReadWatch(base);
  const round = await rounds.run(base.tree, 'base', { only: [check.name], around: watch });
  const [evidence] = round.isReady ? round.evidence : [];
  if (evidence === undefined) return undefined;
  return { evidence, reads: watch.readsOf(evidence) };
}

/** Sees which files of a base each check reads. */
export interface ReadWatch extends CheckWatch {
  /** Undefined where nothing was seen. */
  readsOf(evidence: Pick<Evidence, 'check'>): readonly string[] | undefined;
}

/** A watch over the proof lane while checks run on a base. */
export function createReadWatch({ proofLane, files }: ControlledBase): ReadWatch {
  const paths = [...files.values()]
    .filter(({ mode }) => mode.startsWith('100'))
    .map(({ path }) => path);
  const times = watchAccessTimes(proofLane.root, paths);
  const reads = new Map<string, readonly string[]>();
  return {
    before: () => times.reset(),
    async after(name) {
      reads.set(name, await times.read());
    },
    readsOf: ({ check }) => reads.get(check),
  };
}
