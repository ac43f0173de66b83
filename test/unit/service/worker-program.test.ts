import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workerProgram } from '../../../src/service/worker-program.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codetether-worker-program-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A folder `dist` in which each file was written at its second. */
function built(files: Readonly<Record<string, number>>, text = 'x'): URL {
  const dist = pathToFileURL(`${folder}/`);
  for (const [path, second] of Object.entries(files)) {
    const file = fileURLToPath(new URL(path, dist));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, second, second);
  }
  return dist;
}

const COMPILED = {
  'workflow-bundle.js': 100,
  'workers/entry.js': 100,
  '.core.tsbuildinfo': 100,
  '.node.tsbuildinfo': 100,
};

describe('the program of a worker', () => {
  it.each([
    ['the compiled one when nothing was joined', COMPILED, 'workers/entry.js'],
    ['the joined one', { ...COMPILED, 'programs/worker.js': 101 }, 'programs/worker.js'],
    [
      'the joined one of a package whose files are all of one time',
      { ...COMPILED, 'programs/worker.js': 100 },
      'programs/worker.js',
    ],
    [
      'the joined one of a package without the notes of a compiler',
      { 'workers/entry.js': 100, 'programs/worker.js': 100 },
      'programs/worker.js',
    ],
    [
      'the compiled one when the compiler of one part ran since',
      { ...COMPILED, '.node.tsbuildinfo': 102, 'programs/worker.js': 101 },
      'workers/entry.js',
    ],
  ])('is %s', (_name, files, expected) => {
    expect(workerProgram(built(files)).entry).toBe(join(folder, expected));
  });

  it.each(['workflow-bundle.js', 'programs/worker.js'])(
    'has another stamp with another %s',
    (path) => {
      const files = { ...COMPILED, 'programs/worker.js': 101 };
      const before = workerProgram(built(files)).stamp;
      expect(workerProgram(built({ [path]: 101 }, 'longer')).stamp).not.toBe(before);
      expect(workerProgram(built(files)).stamp).toBe(before);
    },
  );

  it('says what is missing', () => {
    expect(workerProgram(built({})).stamp).toBe('missing,missing');
  });
});
