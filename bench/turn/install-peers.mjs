// Installs the agents that the benchmark is run beside, once, into a cache folder outside the repository.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Exact versions, so that the figures can be repeated. */
export const PEERS = { 'opencode-ai': '1.18.33', '@openai/codex': '0.169.0' };

/** Folder that holds `node_modules/.bin/{opencode,codex}`; installs what is missing. */
export function installPeers() {
  const cache =
    process.env.CODETETHER_BENCH_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'codetether-bench');
  const folder = join(cache, 'peers');
  const missing = Object.entries(PEERS).filter(
    ([name, version]) => installedVersion(folder, name) !== version,
  );
  if (missing.length === 0) return folder;
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json')))
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const wanted = missing.map(([name, version]) => `${name}@${version}`);
  process.stderr.write(`installing ${wanted.join(', ')} into ${folder}\n`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--save-exact', ...wanted], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}

function installedVersion(folder, name) {
  try {
    return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
      .version;
  } catch {
    return null;
  }
}
