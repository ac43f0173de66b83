import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/index.js';
import type { RepositoryOutline } from '../../contracts/index.js';
import { CHECK_ORDER } from '../../domain/index.js';
import { readBounded } from '../../platform/index.js';

const FILES_LIMIT = 200;
const README_LIMIT = 4 * 1024;
/** Folders that say nothing about a project. */
const HIDDEN = ['.git', 'node_modules', '.venv', 'target', 'dist'];

const manifestSchema = z.looseObject({ scripts: z.record(z.string(), z.unknown()).optional() });

/**
 * What a model is told about the repository in `folder`: names at its top, the beginning of its README, and its checks, from
 * the configuration, else the scripts of package.json that have a check's name. Reads at most a few files, and never throws
 * because one of them is missing.
 */
export async function repositoryOutline(
  folder: string,
  config: Pick<Config, 'checks'>,
): Promise<RepositoryOutline> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => !HIDDEN.includes(entry.name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
  const readme = names.find((name) => /^readme(?:\.(?:md|txt|rst|adoc))?$/i.test(name));
  return {
    files: names.slice(0, FILES_LIMIT),
    readme:
      readme === undefined ? '' : (await readText(join(folder, readme))).slice(0, README_LIMIT),
    checks:
      config.checks === null
        ? await scriptChecks(folder, names)
        : config.checks.map(({ name, command }) => ({ name, command })),
  };
}

async function scriptChecks(
  folder: string,
  names: readonly string[],
): Promise<RepositoryOutline['checks']> {
  const scripts = parseScripts(await readText(join(folder, 'package.json')));
  const runner =
    [
      ['pnpm-lock.yaml', 'pnpm'],
      ['yarn.lock', 'yarn'],
      ['bun.lock', 'bun'],
    ].find(([lock = '']) => names.includes(lock))?.[1] ?? 'npm';
  return CHECK_ORDER.filter((name) => scripts.includes(name)).map((name) => ({
    name,
    command: `${runner} run ${name}`,
  }));
}

function parseScripts(text: string): string[] {
  try {
    return Object.keys(manifestSchema.parse(JSON.parse(text)).scripts ?? {});
  } catch {
    return [];
  }
}

/** A manifest or README beyond this tells a model nothing more. */
const LARGEST_TEXT = 4 * 1024 * 1024;

function readText(path: string): Promise<string> {
  return readBounded(path, LARGEST_TEXT).catch(() => '');
}
