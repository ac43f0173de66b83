import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeSecretFile } from './light/json-file.js';
import { serviceFiles } from './light/service-files.js';

const TOKEN_BYTES = 32;

/** The token of this home's `/codec`, made at the first call; only the user can read its file. */
export function codecToken(home: string): string {
  return tokenIn(serviceFiles(home).codecToken);
}

/**
 * The token by which commands of this user ask the service of this home for tasks, made at the first call; only the user can read
 * its file. It is no entry of Vault's, and counts for the service's own address alone.
 */
export function serveToken(home: string): string {
  return tokenIn(serviceFiles(home).serveToken);
}

function tokenIn(path: string): string {
  const known = readToken(path);
  if (known !== null) return known;
  writeSecretFile(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
  return readToken(path) ?? '';
}

function readToken(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}
