import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../src/config/light/environment.js';

const EXECUTABLE = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

/** True where tmux can be started. */
export const HAS_TMUX = spawnSync('tmux', ['-V']).status === 0;

/** How a pane is made. */
interface PaneOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

/** A terminal of its own with the command line in it, on a tmux server of its own. */
export class TmuxPane {
  private readonly folder = mkdtempSync(join(tmpdir(), 'codetether-tmux-'));
  private readonly socket = join(this.folder, 'socket');
  private readonly raw = join(this.folder, 'raw');

  constructor(
    words: readonly string[],
    { folder, environment, columns = 100, rows = 30 }: PaneOptions,
  ) {
    const variables = Object.entries(environment).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ]);
    const size = ['-x', String(columns), '-y', String(rows)];
    this.tmux('new-session', '-d', ...size, ...variables, '-c', folder, 'sleep 600');
    this.tmux('set-option', '-g', 'history-limit', '50000');
    this.tmux('set-option', '-g', 'remain-on-exit', 'on');
    // a window of its own: the limit counts for windows that are made after it
    const command = [process.execPath, EXECUTABLE, ...words].map(quoted).join(' ');
    const write = `cat > ${quoted(this.raw)}`;
    this.tmux('new-window', '-c', folder, ...variables, `read go; exec ${command}`);
    this.tmux('pipe-pane', '-o', write);
    this.tmux('send-keys', 'Enter');
  }

  private tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-f', '/dev/null', '-S', this.socket, ...args], {
      encoding: 'utf8',
      env: { ...processEnvironment(), TMUX: '' },
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** Types keys as tmux names them. */
  press(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }

  /** Types a text, letter by letter. */
  type(text: string): void {
    this.tmux('send-keys', '-l', text);
  }

  /** Types a line and sends it off. */
  say(text: string): void {
    this.type(text);
    this.press('Enter');
  }

  /** What is seen. */
  seen(): string {
    return this.tmux('capture-pane', '-p');
  }

  /** What is seen and everything that was scrolled away, lines that were wrapped joined. */
  history(): string {
    return this.tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Process id of the command. */
  get pid(): number {
    return Number(this.tmux('display-message', '-p', '#{pane_pid}'));
  }

  /** Every byte that was written. */
  written(): Buffer {
    return readFileSync(this.raw);
  }

  /** Waits until what is seen, or was, matches; fails with what is seen. */
  async sees(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (pattern.test(this.history())) return;
      await delay(50);
    }
    throw new Error(`${String(pattern)} is not seen:\n${this.history().trimEnd()}`);
  }

  close(): void {
    spawnSync('tmux', ['-S', this.socket, 'kill-server']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
