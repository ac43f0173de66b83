// The real service in a home of its own, for the benchmarks: its configuration names the model server, nothing of the person is seen.
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment, createRepository, runToEnd } from './scratch.mjs';

/** The command line at `entry` in a home below `folder`, beside a repository of `files` short files; nothing is started. */
export function serviceIn(folder, { url, entry, files = 20 }) {
  const env = cleanEnvironment(join(folder, 'home'), {
    CODETETHER_HOME: join(folder, 'state'),
    // The Temporal program is downloaded once a machine, not once a benchmark.
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  });
  mkdirSync(env.HOME, { recursive: true });
  const config = join(folder, 'config.toml');
  writeFileSync(
    config,
    `[providers.bench]\nwire = "openai-chat"\nbase_url = "${url}/v1"\nauth = "none"\n`,
  );
  const repository = createRepository(join(folder, 'repository'), files);
  const program = (args, options = {}) =>
    runToEnd(process.execPath, [entry, '--config', config, ...args], {
      cwd: repository,
      env,
      ...options,
    });
  return { config, env, repository, program };
}
