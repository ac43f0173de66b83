import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

/** A disk of its own that can be filled and freed. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  free(): Promise<void>;
}

function mount(folder: string, bytes: number): void {
  const options = ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder];
  execFileSync('mount', options, { stdio: 'ignore' });
}

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'codetether-mount-'));
  try {
    mount(folder, 4096);
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

async function createDisk(bytes: number): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  mount(folder, bytes);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
  const ballast = join(folder, '.ballast');
  return {
    folder,
    async fill() {
      for (let size = bytes; size > 0; size = Math.floor(size / 2)) {
        try {
          await appendFile(ballast, Buffer.alloc(size));
        } catch {
          // Smaller pieces may still fit.
        }
      }
    },
    free: () => rm(ballast, { force: true }),
  };
}

/** Makes a disk of so many bytes that ends with the test; null where nobody may mount one. */
export const fullDisk: ((bytes: number) => Promise<SmallDisk>) | null = canMount()
  ? createDisk
  : null;
