import { formatBytes } from '../domain/index.js';
import { join } from 'node:path';
import type { Config, EnvironmentVariables } from '../config/index.js';
import { planCleanup } from './cleanup/cleanup.js';
import { diskUsage } from './cleanup/disk-usage.js';
import { inventoryRuns } from './cleanup/old-runs.js';
import type { Finding } from './finding.js';
import { sleepInhibition, tryInhibition, readServedBundles } from '../host/index.js';
import { hasLocalVault, isLocalVaultRunning } from '../keys/index.js';
import { unitStatus } from '../service/index.js';

type Answer = Omit<Finding, 'name'>;

const FOLDERS = [
  'temporal',
  'blobs',
  'workspaces',
  'cache',
  'build-caches',
  'journal',
  'events',
  'runs',
  'tasks',
  'bundles',
  'mcp',
  'pushes',
  'logs',
];
/** A look around must not take minutes: sizes above this many files are shown as a lower bound. */
const MAX_FILES = 200_000;
const CLEANUP_AGE_MS = 30 * 86_400_000;

/** Sizes of the home's folders, and how old its oldest run is. */
export async function examineState(home: string): Promise<Answer> {
  const parts: string[] = [];
  for (const folder of FOLDERS) {
    const { bytes, isComplete } = await diskUsage(join(home, folder), MAX_FILES);
    if (bytes > 0) parts.push(`${folder} ${isComplete ? '' : 'over '}${formatBytes(bytes)}`);
  }
  const { kept } = await inventoryRuns(home, 0);
  const oldest = kept.map(({ startedAt }) => startedAt).sort()[0];
  if (oldest !== undefined) parts.push(`${kept.length} runs, the oldest of ${oldest.slice(0, 10)}`);
  return ok(`${home}: ${parts.length === 0 ? 'empty' : parts.join(', ')}`);
}

/** What `cleanup` would free. */
export async function examineCleanup(config: Config): Promise<Answer> {
  if (config.worker.codec.isEnabled && hasLocalVault(config) && !isLocalVaultRunning(config.home))
    return ok('not known: the local OpenBao, which opens what is encrypted, does not run');
  const plan = await planCleanup(config, { olderThanMs: CLEANUP_AGE_MS, withCaches: false });
  if (plan.bytes === 0) return ok('nothing is older than 30 days');
  return ok(
    `codetether cleanup would free ${formatBytes(plan.bytes)} (${plan.runIds.length} runs)`,
  );
}

/** Whether the machine stays awake while a run works. */
export async function examineSleep(
  config: Config,
  environment: EnvironmentVariables,
): Promise<Answer> {
  if (!config.worker.inhibitSleep) return ok('not held: [service] inhibit_sleep is false');
  const held = sleepInhibition({ searchPath: environment['PATH'] ?? '' });
  if (held.command === null) return ok(`not held: ${held.reason}`);
  const refusal = await tryInhibition(held.command);
  if (refusal === null) return ok('held while a run works, on mains power');
  return ok(`not held: the system refuses it (${refusal})`);
}

/** Whether the service comes back after a reboot. */
export async function examineBoot(
  config: Config,
  environment: EnvironmentVariables,
): Promise<Answer> {
  const { state, enabled, lingers } = await unitStatus(config, { environment });
  if (state === 'absent')
    return ok(
      'after a reboot runs go on with the next command; at once with: codetether service install',
    );
  if (state === 'other-home') return ok('the installed unit serves another CODETETHER_HOME');
  if (lingers === false) {
    return {
      status: 'warning',
      detail: `unit ${enabled ?? 'installed'}, but it starts at login only`,
      hint: 'sudo loginctl enable-linger $USER',
    };
  }
  return ok(`unit ${enabled ?? 'installed'}${lingers === true ? ', linger on' : ''}`);
}

/** Whether open runs still need an older version. */
export function examineUpgrade(home: string): Answer {
  const older = readServedBundles(home)?.older ?? [];
  const [stuck] = older.filter(({ problem }) => problem !== null);
  if (stuck !== undefined) {
    return {
      status: 'problem',
      detail: `open runs on queue generation ${stuck.generation} wait: ${stuck.problem}`,
      hint: 'install the version that started them and run codetether up; nothing of them is lost',
    };
  }
  if (older.length === 0) return ok('no run needs an older version');
  return ok(`${older.length} older bundles finish the runs that they started`);
}

function ok(detail: string): Answer {
  return { status: 'ok', detail, hint: null };
}
