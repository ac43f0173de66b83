// codex and opencode have no swarm: what people do instead is one process a subtask, so many at once, in one folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codexConfig } from '../turn/agents/codex.mjs';
import { opencodeConfig, OPENCODE_QUIET } from '../turn/agents/opencode.mjs';
import { waitedCpuSeconds } from '../turn/processes.mjs';
import { cleanEnvironment, createRepository, runToEnd } from '../turn/scratch.mjs';

/** Opens one of the two; `run` gives where the files are. */
export async function openProcesses(name, { url, folder, peers, parallel }) {
  const home = join(folder, 'home');
  mkdirSync(join(home, '.codex'), { recursive: true });
  const repository = createRepository(join(folder, 'repository'));
  mkdirSync(join(repository, 'out'), { recursive: true });
  writeFileSync(join(home, '.codex', 'config.toml'), codexConfig(url));
  const env = cleanEnvironment(home, {
    CODEX_HOME: join(home, '.codex'),
    OPENAI_API_KEY: 'unused',
    ...OPENCODE_QUIET,
  });
  mkdirSync(join(env.XDG_CONFIG_HOME, 'opencode'), { recursive: true });
  writeFileSync(
    join(env.XDG_CONFIG_HOME, 'opencode', 'opencode.json'),
    JSON.stringify(opencodeConfig(url)),
  );
  const running = new Set();
  const args = {
    codex: (prompt) => ['exec', '--skip-git-repo-check', prompt],
    opencode: (prompt) => ['run', '-m', 'bench/bench', prompt],
  }[name];
  const one = (number) => {
    let own;
    return runToEnd(join(peers, 'node_modules/.bin', name), args(`BENCH file out/${number}.txt`), {
      cwd: repository,
      env,
      codes: [0, 1],
      onStart: (pid) => running.add((own = pid)),
    }).finally(() => running.delete(own));
  };
  return {
    roots: () => [...running],
    // The processes are gone after a task: their CPU is in what this process has waited for.
    cpu: () => waitedCpuSeconds(process.pid),
    async run({ count }) {
      const git = (...words) => execFileSync('git', words, { cwd: repository, stdio: 'ignore' });
      // before anybody writes: git would take files of the run before away, whoever has written them again
      git('checkout', '-qfB', 'joined', 'main');
      mkdirSync(join(repository, 'out'), { recursive: true });
      let next = 1;
      const lane = async () => {
        while (next <= count) await one(next++);
      };
      await Promise.all(Array.from({ length: Math.min(parallel, count) }, lane));
      git('add', 'out');
      git('commit', '-qm', 'joined', '--allow-empty');
      return { repository, branch: 'joined', inputTokens: Number.NaN };
    },
    async close() {},
  };
}
