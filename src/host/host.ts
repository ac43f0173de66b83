import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readJson, writeJson } from './light/json-file.js';

/**
 * Id of this host for task queues, `<name>-<4 hex digits>`, made once and kept in the home: a renamed machine keeps its
 * workspaces, and two homes on one machine do not share a queue.
 */
export function hostId(home: string): string {
  const path = join(home, 'host.json');
  const known = readHostId(path);
  if (known !== null) return known;
  const name = hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 60);
  const proposal = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  mkdirSync(home, { recursive: true });
  writeJson(proposal, {
    host_id: `${name === '' ? 'host' : name}-${randomBytes(2).toString('hex')}`,
  });
  try {
    linkSync(proposal, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(proposal, { force: true });
  }
  return readHostId(path) ?? hostId(home);
}

function readHostId(path: string): string | null {
  const value = readJson(path);
  if (typeof value !== 'object' || value === null || !('host_id' in value)) return null;
  return typeof value.host_id === 'string' && value.host_id !== '' ? value.host_id : null;
}
