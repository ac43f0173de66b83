import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { InfrastructureError } from '../../domain/light/index.js';
import {
  restartPauseMs,
  stopProcess,
  SupervisedChild,
  readJson,
  writeJson,
  freePort,
  isPortFree,
  findProcesses,
  type ServiceFiles,
  type ServiceProcess,
  type VaultLaunch,
} from '../../host/light/index.js';

/** What a {@link LocalVault} works with. */
export interface LocalVaultOptions {
  readonly files: ServiceFiles['vault'];
  readonly logFile: string;
  /** Null = there is none. */
  readonly launch: VaultLaunch | null;
  readonly log: (message: string) => void;
  /** Called when the supervisor has to look again. */
  readonly wake: () => void;
  /** Called before a start on another port than before, because a stranger has taken it. */
  readonly onMoved: (port: number) => Promise<void>;
}

const GRACE_MS = 5000;
const POLL_MS = 100;
const REQUEST_MS = 5000;

/** The OpenBao of people without a Vault: started, initialised once, unsealed at each start, started again when it dies. */
export class LocalVault {
  readonly #options: LocalVaultOptions;
  readonly #child: SupervisedChild;
  #launch: VaultLaunch | null;
  #waitUntil = 0;

  constructor(options: LocalVaultOptions) {
    this.#options = options;
    this.#launch = options.launch;
    this.#child = new SupervisedChild('vault', options.wake);
  }

  /** What runs; null when nothing does. */
  get process(): ServiceProcess | null {
    return this.#child.isRunning() ? this.#child.process : null;
  }

  /** True when its end has to be looked for. */
  get isAdopted(): boolean {
    return this.#child.isAdopted && this.#launch !== null;
  }

  /** Adopts the process of an earlier supervisor when it is the wanted one; every other one on our data is stopped. */
  async takeOver(earlier: ServiceProcess | undefined): Promise<void> {
    if (earlier !== undefined && earlier.port === this.#launch?.port) {
      this.#child.adopt(earlier);
      if (this.#child.isRunning()) this.#unsealInBackground(earlier);
    }
    const known = this.process?.pid;
    for (const stranger of findProcesses([`-config=${this.#options.files.config}`])) {
      if (stranger.pid !== known) await stopProcess(stranger, GRACE_MS);
    }
  }

  /** Starts it when it is missing. Its deaths never end the service: runs wait for it. */
  async keepRunning(): Promise<void> {
    if (this.#launch === null || this.#child.isRunning() || Date.now() < this.#waitUntil) return;
    const last = this.#child.process;
    if (last !== null && this.#waitUntil === 0) {
      this.#child.noteDeath();
      this.#options.log(`vault ended (pid ${last.pid}, ${this.#child.failures} in a row)`);
      const pauseMs = restartPauseMs(this.#child.failures, false);
      this.#waitUntil = Date.now() + pauseMs;
      if (pauseMs > 0) {
        setTimeout(this.#options.wake, pauseMs + 1);
        return;
      }
    }
    this.#waitUntil = 0;
    await this.#start(this.#launch);
  }

  /** Ends it; what it stores is on disk. */
  async stop(): Promise<void> {
    await this.#child.stop(GRACE_MS);
  }

  async #start(wanted: VaultLaunch): Promise<void> {
    const { files } = this.#options;
    let launch = wanted;
    if (!(await isPortFree(wanted.port))) {
      launch = { ...wanted, port: await freePort() };
      this.#launch = launch;
      await this.#options.onMoved(launch.port);
    }
    mkdirSync(files.data, { recursive: true, mode: 0o700 });
    writeJson(files.config, serverConfig(files.data, launch.port));
    this.#child.start({
      program: launch.program,
      args: ['server', `-config=${files.config}`],
      log: this.#options.logFile,
      port: launch.port,
      digest: '',
    });
    if (this.#child.process !== null) this.#unsealInBackground(this.#child.process);
  }

  #unsealInBackground(process: ServiceProcess): void {
    const isWanted = () => this.#child.process === process && this.#child.isRunning();
    unseal(process.port ?? 0, this.#options.files.keys, isWanted).catch((error: unknown) => {
      this.#options.log(`vault: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

/** OpenBao's own settings: one node on this machine's loopback, where no certificate helps. */
function serverConfig(data: string, port: number): unknown {
  const address = `127.0.0.1:${port}`;
  return {
    storage: { raft: { path: data, node_id: 'local', performance_multiplier: 1 } },
    listener: [{ tcp: { address, cluster_address: '127.0.0.1:0', tls_disable: true } }],
    api_addr: `http://${address}`,
    cluster_addr: 'http://127.0.0.1:0',
    ui: false,
    log_level: 'warn',
  };
}

/** Waits for the server, initialises it when it is new, and unseals it with the key that only the user can read. */
async function unseal(port: number, keysFile: string, isWanted: () => boolean): Promise<void> {
  while (isWanted()) {
    const status = await ask(port, { method: 'GET', path: 'sys/seal-status' });
    if (status === null) {
      await delay(POLL_MS);
      continue;
    }
    if (status['initialized'] !== true) await initialise(port, keysFile);
    else if (status['sealed'] !== true) return;
    const key = unsealKey(keysFile);
    if (key === null) {
      throw localVaultError(`${keysFile} holds no unseal key: the stored secrets cannot be opened`);
    }
    await ask(port, { method: 'PUT', path: 'sys/unseal', body: { key } });
    await delay(POLL_MS);
  }
}

async function initialise(port: number, keysFile: string): Promise<void> {
  if (existsSync(keysFile))
    throw localVaultError(`${keysFile} belongs to a Vault whose data are gone`);
  const made = await ask(port, {
    method: 'PUT',
    path: 'sys/init',
    body: { secret_shares: 1, secret_threshold: 1 },
  });
  const keys = made?.['keys_base64'];
  const root = made?.['root_token'];
  if (!Array.isArray(keys) || typeof keys[0] !== 'string' || typeof root !== 'string') {
    throw localVaultError('OpenBao could not be initialised');
  }
  writeForGood(keysFile, { unseal_key: keys[0], root_token: root });
}

function localVaultError(message: string): InfrastructureError {
  return new InfrastructureError('ERR_LOCAL_VAULT', { message, isRetryable: false });
}

/** These keys exist nowhere else: on disk before anything depends on them. */
function writeForGood(path: string, value: unknown): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(value, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function unsealKey(keysFile: string): string | null {
  const value = readJson(keysFile);
  if (typeof value !== 'object' || value === null || !('unseal_key' in value)) return null;
  return typeof value.unseal_key === 'string' ? value.unseal_key : null;
}

interface VaultCall {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
}

/** One answer of the server; null when it does not answer with JSON. */
function ask(port: number, call: VaultCall): Promise<Readonly<Record<string, unknown>> | null> {
  return new Promise((resolve) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: `/v1/${call.path}`,
        method: call.method,
        timeout: REQUEST_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => resolve(parseObject(Buffer.concat(chunks).toString('utf8'))));
        response.once('error', () => resolve(null));
      },
    );
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(null));
    sent.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
