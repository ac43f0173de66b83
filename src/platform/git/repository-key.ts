import { basename } from 'node:path';
import { sha256 } from '../storage/blob-store.js';

/** Short name of a repository: readable, and unique by its path. Names its folder below `workspaces/` and its workflows. */
export function repositoryKey(repository: string): string {
  const name = basename(repository)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 40);
  return `${name === '' ? 'repository' : name}-${sha256(repository).slice(0, 8)}`;
}
