import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../config/index.js';
import { InvalidInputError, isEnded, type RunRecord } from '../domain/index.js';
import { homePaths, removeFolder } from '../platform/index.js';
import { diskUsage } from './cleanup/disk-usage.js';
import { inventoryRuns } from './cleanup/old-runs.js';
import { stopService, serviceFiles } from '../host/index.js';
import { uninstallUnit, unitStatus, type UnitOptions } from '../service/index.js';

/** One thing that codetether put on this machine. */
export interface InstalledItem {
  readonly what: 'service unit' | 'home' | 'cache' | 'configuration';
  readonly path: string;
  readonly bytes: number;
  /** `keep`: it is listed, and stays. */
  readonly fate: 'remove' | 'keep';
}

/** What an uninstallation would do. */
export interface UninstallPlan {
  readonly items: readonly InstalledItem[];
  /** Ids of runs that are not over. */
  readonly openRuns: readonly string[];
  /** What stays in any case, one sentence each. */
  readonly leaves: readonly string[];
}

/** What may be taken along or over. */
export interface UninstallRequest {
  /** The user's configuration as well. */
  readonly all: boolean;
  /** Although runs are open. */
  readonly force: boolean;
}

/** What a home holds beside its common folders; the local Vault goes with its keys. */
const HOME_EXTRAS = ['host.json', 'trusted.json', 'vault'];

/** Lists what is on this machine; changes nothing. Throws InvalidInputError `ERR_HOME_UNSAFE` for a home that is no folder of ours. */
export async function planUninstall(
  config: Config,
  request: UninstallRequest,
  options: UnitOptions = {},
): Promise<UninstallPlan> {
  assertOwnFolder(config.home);
  const unit = await unitStatus(config, options);
  const configuration = dirname(config.userFile);
  const candidates: readonly (readonly [InstalledItem['what'], string, InstalledItem['fate']])[] = [
    ...(unit.state === 'installed' ? [['service unit', unit.path, 'remove'] as const] : []),
    ['home', config.home, 'remove'],
    ['cache', config.cache, 'remove'],
    ['configuration', configuration, request.all ? 'remove' : 'keep'],
  ];
  const items: InstalledItem[] = [];
  for (const [what, path, fate] of candidates) {
    if (existsSync(path)) items.push({ what, path, bytes: (await diskUsage(path)).bytes, fate });
  }
  const { kept: records } = await inventoryRuns(config.home, 0);
  const openRuns = records.filter(({ status }) => !isEnded(status)).map(({ runId }) => runId);
  return { items, openRuns, leaves: whatStays(records, unit.lingers) };
}

/**
 * Stops the service and removes what {@link planUninstall} lists as `remove`; gives what else lay in the home and stays.
 * Throws InvalidInputError `ERR_RUNS_OPEN` before anything is changed, unless forced.
 */
export async function uninstall(
  config: Config,
  request: UninstallRequest,
  options: UnitOptions = {},
): Promise<readonly string[]> {
  const plan = await planUninstall(config, request, options);
  if (plan.openRuns.length > 0 && !request.force) {
    throw new InvalidInputError('ERR_RUNS_OPEN', {
      message: `${plan.openRuns.length} runs are not over: ${plan.openRuns.join(', ')}`,
      hint: 'let them end or cancel them (codetether runs cancel RUN), or add --force: their commits so far stay in your branches',
    });
  }
  if (plan.items.some(({ what }) => what === 'service unit')) await uninstallUnit(config, options);
  await stopService(config.home);
  for (const item of plan.items) {
    if (item.fate === 'keep' || item.what === 'service unit') continue;
    if (item.what !== 'home') await removeFolder(item.path);
  }
  return removeHome(config.home);
}

/** Only what a home holds by our own hand: somebody may keep other files there. */
async function removeHome(home: string): Promise<string[]> {
  if (!existsSync(home)) return [];
  const { root, ...folders } = homePaths(home);
  for (const folder of Object.values(folders)) await removeFolder(folder);
  for (const name of HOME_EXTRAS) await removeFolder(join(root, name));
  await rm(serviceFiles(home).socket, { force: true });
  const rest = await readdir(root);
  if (rest.length === 0) await rmdir(root);
  return rest.map((name) => join(root, name));
}

function whatStays(records: readonly RunRecord[], lingers: boolean | null): string[] {
  const branches = new Set(
    records.flatMap(({ repository, publishedBranch }) =>
      publishedBranch === null ? [] : [`branch ${publishedBranch} in ${repository}`],
    ),
  );
  return [
    ...branches,
    ...(lingers === true ? ['linger is on for you: loginctl disable-linger switches it off'] : []),
    'the program itself: npm uninstall -g codetether',
  ];
}

function assertOwnFolder(home: string): void {
  const isWholePlace = home === '/' || home === homedir() || dirname(home) === home;
  const isOurs = !existsSync(home) || existsSync(join(home, 'host.json'));
  if (!isWholePlace && isOurs) return;
  throw new InvalidInputError('ERR_HOME_UNSAFE', {
    message: `${home} does not look like a folder of codetether, so nothing in it is removed`,
    where: { file: home, field: 'CODETETHER_HOME' },
    hint: 'set CODETETHER_HOME to the folder that codetether doctor shows as state',
  });
}
