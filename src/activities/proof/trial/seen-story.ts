import type { CanaryMode, Check, Evidence, TestCount, Trial } from '../../../domain/index.js';
import type { WorkspaceFolders } from '../../../platform/index.js';
import type { RalphWork } from '../../workspace/dependencies.js';
import type { CheckScripts } from '../check-scripts.js';
import type { ProofRound, ProofRounds } from '../proof-rounds.js';
import type { StoryTree } from '../story-tree.js';
import type { ControlledBase } from './base-controls.js';
import type { DefinitionSurface } from './definition-surface.js';
import type { SideLanes, TrialBench, UnpreparedRun } from './side-lanes.js';
import type { AddedFindings } from '../added/search-added.js';
import type { ControlledCheck } from './try-canaries.js';

/** A story whose checks are green, to be tried. */
export interface TrialRequest {
  readonly work: RalphWork;
  readonly lane: WorkspaceFolders;
  readonly proofLane: WorkspaceFolders;
  readonly rounds: ProofRounds;
  /** Lanes for canaries beside each other. Default: one after the other. */
  readonly beside?: SideLanes;
  /** Scope of the step, from which the tokens of canaries are made. */
  readonly scope: string;
  /** Commit on which the story was made. */
  readonly base: string;
  /** Commit that a person approved: the start of the run. */
  readonly approved: string;
  readonly story: StoryTree;
  readonly checks: readonly Check[];
  /** Command lines of all checks and verification steps. */
  readonly commands: readonly string[];
  readonly setup: unknown;
  readonly allowCheckChanges: boolean;
  readonly canaries: CanaryMode;
  /** The round on the story's own tree; green. */
  readonly evidence: readonly Evidence[];
  /** What is among the lines that it added. */
  readonly added: Pick<AddedFindings, 'lines' | 'unseen'>;
}

/** What became of it. */
export interface TrialOutcome {
  readonly isPassed: boolean;
  /** Why not, for the agent of the next attempt. */
  readonly reasons: readonly string[];
  readonly trial: Trial;
  /** Evidence of further rounds that decides, to be kept beside the story's own. */
  readonly evidence: readonly Evidence[];
  /** Files of the base that decide about checks and that the story changed or removed. */
  readonly changedDefinitions: readonly string[];
  readonly setupFailure?: Extract<ProofRound, { isReady: false }>['failure'];
}

/** Everything about a story that was found out before rounds are run. */
export interface Seen {
  readonly request: TrialRequest;
  readonly bench: TrialBench;
  readonly approved: ControlledBase;
  readonly baseTree: string;
  readonly controlled: readonly ControlledCheck[];
  /** Names of checks that the approved base does not have. */
  readonly fresh: readonly string[];
  /** Names of checks that are green in the story's files and were not when they were tried on the approved base. */
  readonly untried: readonly string[];
  readonly surface: DefinitionSurface;
  readonly lines: AddedFindings['lines'];
  readonly unseen: AddedFindings['unseen'];
  /** Modules that are found where the story removed others, and that are no moved ones. */
  readonly replaced: readonly string[];
  readonly counts: readonly TestCount[];
  readonly scripts: CheckScripts;
  /** Runs on the base or on the story's files that could not begin; more come while canaries are tried. */
  readonly unprepared: readonly UnpreparedRun[];
}
