import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findExecutable } from '../../../../src/platform/process/find-executable.js';
import {
  hostEnvironment,
  minimalEnvironment,
  setHostEnvironment,
} from '../../../../src/platform/process/host-environment.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const before = hostEnvironment();
const here = process.cwd();
let folder = '';

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'bin'));
  for (const path of ['tool', 'bin/tool'])
    await writeFile(join(folder, path), '#!/bin/sh\n', { mode: 0o755 });
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(here);
  setHostEnvironment(before);
});

describe('relative folders of PATH', () => {
  it.each(['.', '', './', 'bin', './bin', ':.:'])('find no program of ours: "%s"', (entry) => {
    expect(findExecutable('tool', entry)).toBeUndefined();
    expect(findExecutable('tool', `${entry}:${folder}`)).toBe(join(folder, 'tool'));
  });

  it('are not passed on to children of the engine', () => {
    setHostEnvironment({ PATH: '.:/usr/bin::bin:/bin:' });
    expect(minimalEnvironment()['PATH']).toBe('/usr/bin:/bin');
  });
});
