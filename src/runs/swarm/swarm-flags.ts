import type { SwarmStrategy } from '../../domain/index.js';
import type { CheckFlags } from '../plan/plan-checks.js';
import type { ProofFlags } from '../plan/plan-proof.js';
import type { LimitFlags } from '../plan/run-limits.js';
import type { RepositoryFlags } from '../repository/repository-rules.js';
import type { RowFlags } from './read-rows.js';

/** What the command line says about a swarm; absent = the default. */
export interface SwarmFlags
  extends
    RowFlags,
    RepositoryFlags,
    CheckFlags,
    Omit<LimitFlags, 'parallel'>,
    Pick<ProofFlags, 'setup' | 'setupNetwork' | 'buildCaches' | 'allowRedBaseline'> {
  readonly model?: string | undefined;
  readonly strategy?: SwarmStrategy | undefined;
  readonly maxSubagents?: number | undefined;
  readonly maxParallel?: number | undefined;
  readonly maxSteps?: number | undefined;
  /** Seconds of work of one subtask. */
  readonly timeout?: number | undefined;
  readonly plan?: string | undefined;
  /** Named agent of the subtasks that name none. */
  readonly agent?: string | undefined;
  readonly verify?: number | undefined;
  readonly yes?: boolean | undefined;
  readonly beside?: boolean | undefined;
  readonly branch?: string | undefined;
  readonly dryRun?: boolean | undefined;
}
