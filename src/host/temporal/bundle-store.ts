import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { servedBundlesSchema, servedQueues, type ServedBundles } from '../../domain/index.js';
import { homePaths, sha256, writeDurableFile } from '../../platform/index.js';
import { readJson, writeJson } from '../light/json-file.js';

/** What is known about a kept bundle. */
export interface BundleFacts {
  /** Version of codetether that it came with. */
  readonly version: string;
  /** Version of `@temporalio/worker` that made it. */
  readonly worker: string;
}

/** Absolute path of a kept bundle, whether it is there or not. */
export function bundlePath(home: string, digest: string): string {
  return join(homePaths(home).bundles, `${digest}.js`);
}

/** Keeps a copy of the bundle at `codePath`, so that it outlives the next upgrade; gives its SHA-256. Idempotent. */
export async function keepBundle(
  home: string,
  codePath: string,
  facts: BundleFacts,
): Promise<string> {
  const code = readFileSync(codePath);
  const digest = sha256(code);
  const path = bundlePath(home, digest);
  if (!existsSync(path)) await writeDurableFile(path, code);
  writeJson(factsPath(home, digest), {
    version: 1,
    codetether: facts.version,
    worker: facts.worker,
  });
  return digest;
}

/** Who serves which queue of this home; null before the first start of a version that keeps bundles. */
export function readServedBundles(home: string): ServedBundles | null {
  const parsed = servedBundlesSchema.safeParse(readJson(servedPath(home)));
  return parsed.success ? parsed.data : null;
}

/** Notes who serves which queue, in one step. */
export function writeServedBundles(home: string, served: ServedBundles): void {
  writeJson(servedPath(home), served);
}

/** Digests of kept bundles that no queue needs. */
export function unusedBundles(home: string): string[] {
  const served = readServedBundles(home);
  if (served === null) return [];
  const needed = new Set(servedQueues(served).map(({ digest }) => digest));
  return keptBundles(home).filter((digest) => !needed.has(digest));
}

/** Removes a kept bundle with what is known about it. */
export function removeBundle(home: string, digest: string): void {
  rmSync(bundlePath(home, digest), { force: true });
  rmSync(factsPath(home, digest), { force: true });
}

function keptBundles(home: string): string[] {
  const folder = homePaths(home).bundles;
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => /^([0-9a-f]{64})\.js$/.exec(name)?.[1] ?? []);
}

function factsPath(home: string, digest: string): string {
  return join(homePaths(home).bundles, `${digest}.json`);
}

function servedPath(home: string): string {
  return join(homePaths(home).bundles, 'current.json');
}
