import type { WorkerSettings } from '../config/index.js';
import { InfrastructureError } from '../domain/index.js';
import { isAtLeast, type Sandbox } from '../platform/index.js';

/** What the rule looks at. */
export type SandboxSettings = Pick<WorkerSettings, 'sandboxMinimum' | 'isSandboxNamed'>;

/** Why commands may not be run in this sandbox, and what helps. */
export interface SandboxProblem {
  readonly message: string;
  readonly hint: string;
}

/**
 * The one rule by which commands, plans, workers and `doctor` judge a host: at least the minimum, and processes of their
 * own that cannot see the worker's, unless the user named a minimum that goes without. Null = good.
 */
export function sandboxProblem(
  sandbox: Sandbox,
  { sandboxMinimum: minimum, isSandboxNamed }: SandboxSettings,
): SandboxProblem | null {
  const { level, reason } = sandbox;
  if (!isAtLeast(level, minimum)) {
    return {
      message: `commands can only be held at level ${level} here, and the settings ask for ${minimum}: ${reason}`,
      hint: 'install bubblewrap, or lower [sandbox] minimum in your configuration file',
    };
  }
  if (isSandboxNamed || sandbox.kinds.includes('own-pid-namespace')) return null;
  return {
    message: `commands would run at level ${level} without processes of their own here, so that they could read keys in the worker's memory: ${reason}`,
    hint: `install bubblewrap; or accept it by name: [sandbox] minimum = "${level}" in your configuration file`,
  };
}

/** Throws `ERR_SANDBOX_TOO_WEAK` (exit 3) when {@link sandboxProblem} finds one. */
export function requireSandbox(sandbox: Sandbox, settings: SandboxSettings): void {
  const problem = sandboxProblem(sandbox, settings);
  if (problem === null) return;
  throw new InfrastructureError('ERR_SANDBOX_TOO_WEAK', { ...problem, isRetryable: false });
}
