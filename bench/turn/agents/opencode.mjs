// opencode: one long-lived `opencode serve`, a session a task, custom provider on the chat completions wire.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds } from '../processes.mjs';
import {
  cleanEnvironment,
  createRepository,
  freePort,
  startAndWait,
  stopChild,
} from '../scratch.mjs';

/** Everything that would reach out by itself is off; the per-step snapshot stays at its default (on). */
export const OPENCODE_QUIET = {
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_SHARE: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
};

/** @type {import('agent.d.ts').OpenAgent} */
export async function openOpencode({ url, folder, peers }) {
  const home = join(folder, 'home');
  const env = cleanEnvironment(home, OPENCODE_QUIET);
  mkdirSync(join(env.XDG_CONFIG_HOME, 'opencode'), { recursive: true });
  writeFileSync(
    join(env.XDG_CONFIG_HOME, 'opencode', 'opencode.json'),
    JSON.stringify(opencodeConfig(url)),
  );
  const repository = createRepository(join(folder, 'repository'));
  const port = await freePort();
  const { child } = await startAndWait(
    join(peers, 'node_modules/.bin/opencode'),
    ['serve', '--port', String(port), '--hostname', '127.0.0.1'],
    { cwd: repository, env, ready: /listening on http/ },
  );
  const post = async (path, body) => {
    const answer = await fetch(
      `http://127.0.0.1:${port}${path}?directory=${encodeURIComponent(repository)}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
    );
    if (!answer.ok) throw new Error(`opencode answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    name: 'opencode 1.18.33',
    kinds: ['write', 'bash', 'story'],
    idleRoots: () => [child.pid],
    busyRoots: () => [child.pid],
    cpu: () => cpuSeconds([child.pid]),
    async run({ kind, turns }) {
      const { id } = await post('/session', {});
      await post(`/session/${id}/message`, {
        model: { providerID: 'bench', modelID: 'bench' },
        parts: [{ type: 'text', text: `BENCH ${kind} ${turns} ${repository}` }],
      });
    },
    close: () => stopChild(child),
  };
}

/** Settings of opencode for the model server at `url`. */
export function opencodeConfig(url) {
  return {
    autoupdate: false,
    share: 'disabled',
    model: 'bench/bench',
    small_model: 'bench/bench',
    permission: { edit: 'allow', bash: 'allow', external_directory: 'allow' },
    provider: {
      bench: {
        npm: '@ai-sdk/openai-compatible',
        name: 'bench',
        options: { baseURL: `${url}/v1`, apiKey: 'unused' },
        models: { bench: { name: 'bench', limit: { context: 200_000, output: 8192 } } },
      },
    },
  };
}
