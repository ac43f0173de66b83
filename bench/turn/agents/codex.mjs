// codex: one `codex exec` process a task, responses wire.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitedCpuSeconds } from '../processes.mjs';
import { cleanEnvironment, createRepository, runToEnd } from '../scratch.mjs';

/** @type {import('agent.d.ts').OpenAgent} */
export async function openCodex({ url, folder, peers }) {
  const home = join(folder, 'home');
  const codexHome = join(home, '.codex');
  mkdirSync(codexHome, { recursive: true });
  writeFileSync(join(codexHome, 'config.toml'), codexConfig(url));
  const repository = createRepository(join(folder, 'repository'));
  const env = cleanEnvironment(home, { CODEX_HOME: codexHome, OPENAI_API_KEY: 'unused' });
  let running = [];
  return {
    name: 'codex 0.169.0',
    // Its file tool is a free-form patch that the model server cannot speak; it writes files by shell.
    kinds: ['bash', 'story'],
    idleRoots: () => [],
    busyRoots: () => running,
    // The process is gone after a task: its CPU is in what this process has waited for.
    cpu: () => waitedCpuSeconds(process.pid),
    async run({ kind, turns }) {
      const prompt = `BENCH ${kind} ${turns} ${repository}`;
      await runToEnd(
        join(peers, 'node_modules/.bin/codex'),
        ['exec', '--skip-git-repo-check', prompt],
        {
          cwd: repository,
          env,
          onStart: (pid) => {
            running = [pid];
          },
        },
      );
      running = [];
    },
    async close() {},
  };
}

/** Its configuration for the model server of a benchmark. */
export function codexConfig(url) {
  return `model = "gpt-5.5"
model_provider = "bench"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.bench]
name = "bench"
base_url = "${url}/v1"
wire_api = "responses"

[analytics]
enabled = false
`;
}
