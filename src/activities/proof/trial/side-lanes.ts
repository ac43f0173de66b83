import { dirname, sep } from 'node:path';
import type { SetupFailure, WorkspaceSetup } from '../../../domain/index.js';
import {
  createWorkspace,
  leasedGeneration,
  openWorkspace,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import { generationPlace, plannedCaches } from '../../workspace/caches/layer-places.js';
import type { RalphWork } from '../../workspace/dependencies.js';
import { requireRoom } from '../../workspace/free-space.js';
import { preparationMs } from '../../workspace/setup/prepare-dependencies.js';
import type { ProofRounds } from '../proof-rounds.js';
import type { Secrets } from './canary-tree.js';

/** However many cores there are: each lane has its own files and dependencies. */
const LANES_LIMIT = 4;
/** Repository, run and lane at the end of a lane's folder. */
const ID_PARTS = 3;

/** A lane beside the proof lane, and rounds in it. */
export interface SideLane {
  readonly lane: WorkspaceFolders;
  readonly rounds: ProofRounds;
}

/** Lanes that are in use; to be closed by whoever opened them. */
export interface OpenedLanes {
  readonly opened: readonly SideLane[];
  close(): void;
}

/** Further lanes of one proof, where canaries are tried side by side. */
export interface SideLanes {
  /** At most so many lanes, one a free core; undefined = none is free, or preparing them takes longer than they save. */
  open(wanted: {
    readonly lanes: number;
    /** Of all runs, one after the other. */
    readonly durationMs: number;
  }): Promise<OpenedLanes | undefined>;
}

/** A place to try canaries in. */
export interface TrialBench {
  readonly work: RalphWork;
  readonly lane: WorkspaceFolders;
  readonly rounds: ProofRounds;
  readonly secrets: Secrets;
  /** Lanes for runs beside each other. Default: none, everything runs one after the other. */
  readonly beside?: SideLanes | undefined;
  /** Told of each run that could not begin and is not repeated. */
  readonly unprepared?: ((run: UnpreparedRun) => void) | undefined;
}

/** A run that could not begin: the dependencies of its tree could not be prepared. */
export interface UnpreparedRun {
  readonly check: string;
  readonly failure: SetupFailure;
}

/** The proof whose lane is given company. */
export interface LaneCompany {
  readonly proofLane: WorkspaceFolders;
  readonly setup: WorkspaceSetup;
  readonly roundsIn: (lane: WorkspaceFolders) => ProofRounds;
}

/** Lanes beside a proof lane. They are the holder's of the proof lane, and stay for the next proof. */
export function createSideLanes(work: RalphWork, company: LaneCompany): SideLanes {
  const { cores } = work.dependencies;
  return {
    async open({ lanes, durationMs }) {
      if (cores === undefined || lanes < 1 || (await needsItsFolder(work, company)))
        return undefined;
      const ends = [cores.enter()];
      const close = (): void => ends.splice(0).forEach((end) => end());
      const opened: SideLane[] = [];
      while (opened.length < Math.min(lanes, LANES_LIMIT)) {
        const end = cores.tryTake();
        if (end === undefined) break;
        ends.push(end);
        const lane = await openLane(work, company, { number: opened.length + 1, durationMs });
        if (lane === undefined) break;
        opened.push({ lane, rounds: company.roundsIn(lane) });
      }
      if (opened.length > 0) return { opened, close };
      close();
      return undefined;
    },
  };
}

/** What the base built is of use only in the folder that it was built in: elsewhere everything would be built anew. */
async function needsItsFolder(
  { dependencies }: RalphWork,
  { proofLane, setup }: LaneCompany,
): Promise<boolean> {
  const tools = new Set(plannedCaches(setup).map(({ tool }) => tool));
  if (tools.size === 0) return false;
  const generation = await leasedGeneration(generationPlace(dependencies.home, proofLane));
  return (generation?.layers ?? []).some((layer) => layer.isBoundToLane && tools.has(layer.tool));
}

async function openLane(
  { dependencies }: RalphWork,
  { proofLane }: LaneCompany,
  { number, durationMs }: { readonly number: number; readonly durationMs: number },
): Promise<WorkspaceFolders | undefined> {
  const { home } = dependencies;
  const { gitDir, state, workdir } = proofLane;
  const id = `${dirname(state).split(sep).slice(-ID_PARTS).join('/')}-beside-${number}`;
  try {
    await requireRoom(dependencies);
    await createWorkspace(home, id, {
      gitDir,
      refPrefix: `${proofLane.refPrefix}-beside-${number}`,
    });
    const lane = await openWorkspace(home, { id, workdir });
    const cost = (await preparationMs(lane)) === undefined ? await preparationMs(proofLane) : 0;
    return (cost ?? 0) < durationMs / 2 ? lane : undefined;
  } catch {
    // a full disk, for example: one after the other needs no room
    return undefined;
  }
}
