import { execFile } from 'node:child_process';
import {
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { copyFile, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readJson, writeJson } from './json-file.js';

/** What {@link keepDatabaseCopy} did. */
export type DatabaseCopy =
  | { readonly kind: 'same' }
  /** The version that wrote the database, and the folder of the copy. */
  | { readonly kind: 'copied'; readonly from: string; readonly to: string; readonly folder: string }
  | { readonly kind: 'refused'; readonly message: string };

/** A database and the server program that is about to open it; nobody may have it open now. */
export interface DatabaseOpening {
  readonly database: string;
  readonly program: string;
  /** Default: asks the disk. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

const runFile = promisify(execFile);
/** SQLite keeps its newest pages beside the file. */
const PARTS = ['', '-wal', '-shm'];
const KEPT_COPIES = 2;
/** The server itself needs to write, too. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/**
 * Copies the database before a program of another version opens it, because a newer server migrates it and an older one then
 * cannot read it. The same program costs one `stat`. The last two copies are kept. Refuses when the disk is too full for one.
 */
export async function keepDatabaseCopy(opening: DatabaseOpening): Promise<DatabaseCopy> {
  const { database, program } = opening;
  const notePath = join(dirname(database), 'database.json');
  const note = readNote(notePath);
  const stamp = stampOf(program);
  if (note?.stamp === stamp) return { kind: 'same' };
  const to = await versionOf(program);
  const from = note?.temporal ?? 'unknown';
  const result = existsSync(database) && from !== to ? await copy(opening, from, to) : undefined;
  if (result?.kind === 'refused') return result;
  writeJson(notePath, { version: 1, temporal: to, stamp });
  return result ?? { kind: 'same' };
}

/** Folders of kept copies, newest first. */
export function databaseCopies(database: string): string[] {
  const folder = backupsFolder(database);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(folder, name))
    .sort((left, right) => timeOf(right).localeCompare(timeOf(left)));
}

async function copy(opening: DatabaseOpening, from: string, to: string): Promise<DatabaseCopy> {
  const { database } = opening;
  const parts = PARTS.map((part) => `${database}${part}`).filter((path) => existsSync(path));
  const bytes = parts.reduce((sum, path) => sum + statSync(path).size, 0);
  const free = await (opening.freeBytes ?? diskFree)(dirname(database));
  if (free < bytes + RESERVE_BYTES) {
    return {
      kind: 'refused',
      message: `Temporal ${to} is about to open a database of ${from}, and the disk has no room for a copy of ${bytes} bytes`,
    };
  }
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const folder = join(backupsFolder(database), `${from.replaceAll(/[^\w.-]/g, '-')}_${time}`);
  const unfinished = join(dirname(folder), `.${basename(folder)}.${process.pid}`);
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  for (const path of parts)
    await copyFile(path, join(unfinished, basename(path)), constants.COPYFILE_FICLONE);
  renameSync(unfinished, folder);
  for (const old of databaseCopies(database).slice(KEPT_COPIES))
    rmSync(old, { recursive: true, force: true });
  return { kind: 'copied', from, to, folder };
}

function backupsFolder(database: string): string {
  return join(dirname(database), 'backups');
}

function timeOf(folder: string): string {
  return basename(folder).split('_').at(-1) ?? '';
}

async function diskFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** `temporal version 1.9.1 (Server 1.32.0, UI 2.50.1)` gives 1.9.1; a program that does not say is `unknown`. */
async function versionOf(program: string): Promise<string> {
  try {
    const { stdout } = await runFile(program, ['--version'], { timeout: 10_000 });
    return /(?<!\d)\d{1,9}\.\d{1,9}\.\d{1,9}/.exec(stdout)?.[0] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function stampOf(program: string): string {
  const stat = statSync(program, { throwIfNoEntry: false });
  return stat === undefined ? 'missing' : `${program}:${stat.size}@${stat.mtimeMs}`;
}

function readNote(path: string): { readonly temporal: string; readonly stamp: string } | null {
  const value = readJson(path);
  if (typeof value !== 'object' || value === null) return null;
  if (!('temporal' in value && 'stamp' in value)) return null;
  return { temporal: String(value.temporal), stamp: String(value.stamp) };
}
