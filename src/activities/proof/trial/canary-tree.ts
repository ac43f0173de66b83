import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  isTestPath,
  languageOf,
  plantCase,
  plantFinding,
  plantUnreadable,
  TOOL_ROWS,
  tokenOf,
  type CanaryKind,
  type PlantedCanary,
  type Planting,
} from '../../../domain/index.js';
import {
  createGit,
  homePaths,
  isNotFound,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import type { RalphWork } from '../../workspace/dependencies.js';
import { readTexts, rewrite, type TreeFile } from './tree-files.js';

/** Files in which canaries are planted at once. */
const FILES_LIMIT = 200;
const SECRET_BYTES = 32;
const TOKEN_DIGITS = 12;

/** Gives each file and kind its secret. The same on every retry, and unknown to everybody who writes files of a story. */
export type Secrets = (about: string) => string;

/** Secrets of this home; the key is made on first use. */
export async function openSecrets({ dependencies }: RalphWork, scope: string): Promise<Secrets> {
  const key = await readKey(join(homePaths(dependencies.home).temporal, 'canary-key'));
  return (about) =>
    createHmac('sha256', key).update(`${scope}\n${about}`).digest('hex').slice(0, TOKEN_DIGITS);
}

async function readKey(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  await mkdir(dirname(path), { recursive: true });
  // whoever is first decides
  await writeFile(path, randomBytes(SECRET_BYTES), { mode: 0o600, flag: 'wx' }).catch(
    (error: unknown) => {
      if (!isExisting(error)) throw error;
    },
  );
  return readFile(path);
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** Where canaries shall be planted. */
export interface CanaryRequest {
  readonly tree: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly kinds: readonly CanaryKind[];
  readonly paths: readonly string[];
  /** Names of the tools that the check starts. */
  readonly tools: ReadonlySet<string>;
}

/** A tree with canaries. */
export interface CanaryTree {
  readonly tree: string;
  readonly planted: readonly PlantedCanary[];
}

/** Files of a tree that may hold canaries of these kinds for a check that starts these tools. */
export function canaryPaths(
  files: ReadonlyMap<string, TreeFile>,
  kinds: readonly CanaryKind[],
  tools: ReadonlySet<string>,
): string[] {
  const isForCases = kinds.some((kind) => kind === 'existing-tests' || kind === 'new-case');
  const languages = new Set(
    TOOL_ROWS.filter(({ tool, kind }) => tools.has(tool) && kind !== 'recipe').flatMap(
      (row) => row.languages,
    ),
  );
  const found = [...files.values()].filter(({ path, mode }) => {
    if (!mode.startsWith('100')) return false;
    const language = languageOf(path);
    if (language === undefined)
      return isForCases && isTestPath(path) && /\.(?:sh|bash)$/.test(path);
    if (languages.size > 0 && !languages.has(language)) return false;
    // Rust keeps tests beside the code.
    return !isForCases || isTestPath(path) || language === 'rust';
  });
  return found.map(({ path }) => path);
}

/** The first of `paths`, those that the check reads before the others: more are not tried. */
export function boundedPaths(paths: readonly string[], reads: ReadonlySet<string>): string[] {
  const read = paths.filter((path) => reads.has(path));
  return (read.length > 0 ? read : [...paths]).slice(0, FILES_LIMIT);
}

/** Plants canaries in the files of a tree; files for which none is known are left alone. */
export async function plantCanaries(
  lane: WorkspaceFolders,
  request: CanaryRequest,
  secrets: Secrets,
): Promise<CanaryTree> {
  const chosen = request.paths.flatMap((path) => request.files.get(path) ?? []);
  const git = createGit({ gitDir: lane.gitDir });
  const texts = await readTexts(
    git,
    chosen.map(({ object }) => object),
  );
  const planted: PlantedCanary[] = [];
  const rewrites = chosen.flatMap((file) => {
    const original = texts.get(file.object);
    if (original === undefined) return [];
    let text = original;
    for (const kind of request.kinds) {
      const { path } = file;
      const secret = secrets(`${kind}\n${path}`);
      const token = (index: number): string => tokenOf(secret, index);
      const done = plant(kind, { path, text, token, tools: request.tools });
      if (done === undefined) continue;
      ({ text } = done);
      planted.push(...done.tokens.map((name, index) => ({ path, kind, index, token: name })));
    }
    return text === original ? [] : [{ file, text }];
  });
  return { tree: await rewrite(lane, request.tree, rewrites), planted };
}

function plant(kind: CanaryKind, planting: Planting): ReturnType<typeof plantCase> {
  switch (kind) {
    case 'existing-tests':
    case 'new-case':
    case 'assertion':
      return plantCase(kind, planting);
    case 'finding':
      return plantFinding(planting);
    case 'unreadable':
      return plantUnreadable(planting);
    case 'broken-product':
      // needs the functions of both versions: see broken-product.ts
      return undefined;
  }
}
