import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/index.js';
import type { RepositoryOutline } from '../../contracts/index.js';
import { CHECK_ORDER, proposedChecks } from '../../domain/index.js';
import { readBounded } from '../../platform/index.js';

const FILES_LIMIT = 200;
const README_LIMIT = 4 * 1024;
/** Folders that say nothing about a project. */
const HIDDEN = ['.git', 'node_modules', '.venv', 'target', 'dist'];

const manifestSchema = z.looseObject({ scripts: z.record(z.string(), z.unknown()).optional() });

/**
 * What a model is told about the repository in `folder`: names at its top, the beginning of its README, and its checks, from
 * the configuration, else the scripts of package.json that have a check's name. Reads at most a few files, and never throws
 * because one of them is missing. Where there is nothing to build on, checks are proposed by the language that `request` or README
 * name.
 */
export async function repositoryOutline(
  folder: string,
  config: Pick<Config, 'checks'>,
  request = '',
): Promise<RepositoryOutline> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => !HIDDEN.includes(entry.name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
  const readme = names.find((name) => /^readme(?:\.(?:md|txt|rst|adoc))?$/i.test(name));
  const text = readme === undefined ? '' : await readText(join(folder, readme));
  const checks =
    config.checks === null
      ? await scriptChecks(folder, names)
      : config.checks.map(({ name, command }) => ({ name, command }));
  const outline = {
    files: names.slice(0, FILES_LIMIT),
    readme: text.slice(0, README_LIMIT),
    checks,
  };
  const isEmpty = checks.length === 0 && names.every(isPaper);
  return isEmpty ? { ...outline, proposed: proposal(`${request}\n${text}`) } : outline;
}

/** Files that a project may have before its first line of code. */
const PAPERS: readonly RegExp[] = [
  /^\./,
  /^docs?\/$/i,
  /^(?:licen[cs]e|copying|notice|authors|codeowners)(?:\.|$)/i,
  /\.(?:md|txt|rst|adoc)$/i,
  /^codetether\.toml$/,
];

function isPaper(name: string): boolean {
  const isPrd = /prd/i.test(name) && /\.(?:json|ya?ml)$/i.test(name);
  return isPrd || PAPERS.some((pattern) => pattern.test(name));
}

function proposal(description: string): NonNullable<RepositoryOutline['proposed']> {
  const found = proposedChecks(description);
  return found === undefined
    ? { language: null, checks: [] }
    : { language: found.language, checks: found.checks.map((check) => ({ ...check })) };
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
