// npm run bench:codec [-- --rounds 500]
// What encryption costs: sealing and opening payloads, and the requests of Vault behind them and behind a provider's key,
// against a real OpenBao in memory.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { processEnvironment } from '../../dist/config/light/environment.js';
import { userFolders } from '../../dist/config/paths.js';
import { createEnvelope } from '../../dist/platform/codec/envelope.js';
import { createPayloadCodec } from '../../dist/platform/codec/payload-codec.js';
import { createTransitDataKeys } from '../../dist/platform/codec/data-keys.js';
import { createVaultClient } from '../../dist/platform/secrets/vault-client.js';
import { createVaultSecrets } from '../../dist/platform/secrets/vault-secrets.js';
import { findProgram } from '../../dist/service/find-program.js';
import { OPENBAO } from '../../dist/service/programs.js';
import { freePort } from '../turn/scratch.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '500' } } });
const rounds = Number(values.rounds);
const TOKEN = 'root-token-of-the-bench';
const WARM_UP = 20;
const KILOBYTE = 1024;

const environment = processEnvironment();
const program = await findProgram(OPENBAO, {
  chosen: null,
  searchPath: environment.PATH ?? '',
  cache: userFolders(environment).cache,
});
const port = await freePort();
const server = spawn(
  program.path,
  [
    'server',
    '-dev',
    '-dev-no-store-token',
    `-dev-root-token-id=${TOKEN}`,
    `-dev-listen-address=127.0.0.1:${port}`,
  ],
  { stdio: 'ignore', env: { PATH: environment.PATH, HOME: '/nonexistent' } },
);
const vault = createVaultClient({
  address: `http://127.0.0.1:${port}`,
  auth: { kind: 'token', token: TOKEN },
});
const rows = [];
const note = async (name, action) => rows.push({ name, ...(await measure(action)) });
try {
  while (!(await answers())) await delay(50);
  await vault.write('sys/mounts/transit', { type: 'transit' });
  await vault.write('transit/keys/codetether', {});
  const keys = createTransitDataKeys(vault, { mount: 'transit', key: 'codetether' });
  const codec = createPayloadCodec(createEnvelope(keys), 'default');
  for (const size of [1, 10, 100]) {
    const payload = { metadata: {}, data: randomBytes(size * KILOBYTE) };
    let sealed = [];
    const encode = async () => {
      sealed = await codec.encode([payload]);
    };
    await note(`encode ${size} KB`, encode);
    await note(`decode ${size} KB`, () => codec.decode(sealed));
  }
  const { wrapped } = await keys.create();
  await note('data key from OpenBao', () => keys.create());
  await note('decrypt by OpenBao', () => keys.unwrap(wrapped));
  const secrets = createVaultSecrets({ client: vault, mount: 'secret', path: 'bench', cacheMs: 0 });
  await secrets.storeProviderSecret('local', { api_key: randomBytes(24).toString('hex') });
  await note('key of a provider from OpenBao', () => secrets.readProviderSecret('local'));
} finally {
  vault.close();
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
}

const load = loadavg()[0].toFixed(1);
process.stdout.write(
  `\n${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${load}, ${rounds} rounds\n\n`,
);
process.stdout.write('| what | median ms | p95 ms |\n| --- | --- | --- |\n');
for (const { name, median, p95 } of rows)
  process.stdout.write(`| ${name} | ${median.toFixed(3)} | ${p95.toFixed(3)} |\n`);

async function measure(action) {
  const times = [];
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const since = performance.now();
    await action();
    if (round >= 0) times.push(performance.now() - since);
  }
  times.sort((left, right) => left - right);
  return { median: times[Math.floor(rounds / 2)], p95: times[Math.floor(rounds * 0.95)] };
}

async function answers() {
  try {
    return (await vault.read('sys/mounts')).status === 200;
  } catch {
    return false;
  }
}
