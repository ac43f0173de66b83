import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canOverlay } from '../../../../src/platform/sandbox/probe-overlay.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { isMountable, type OverlayView } from '../../../../src/platform/sandbox/overlay.js';
import { removeFolder } from '../../../../src/platform/storage/remove-folder.js';
import { runProcess } from '../../../../src/platform/process/run-process.js';
import { wrapCommand } from '../../../../src/platform/sandbox/wrap-command.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const sandbox = await detectSandbox();
const isPossible = await canOverlay(sandbox, tmpdir());

interface Place {
  readonly home: string;
  readonly root: string;
  readonly base: string;
  view(name: string): Promise<OverlayView>;
}

async function place(): Promise<Place> {
  const home = await temporaryFolder();
  // A work folder of the kernel's may be closed to its owner.
  onTestFinished(() => removeFolder(join(home, 'views')));
  const root = join(home, 'lane', 'tree');
  const base = join(home, 'base');
  const at = join(root, 'target');
  for (const folder of [at, base]) await mkdir(folder, { recursive: true });
  await writeFile(join(base, 'object'), 'base');
  // Generations belong to whoever runs commands; here that may be somebody else.
  await chmod(join(base, 'object'), 0o666);
  return {
    home,
    root,
    base,
    async view(name) {
      const [upper, work] = [join(home, 'views', name, 'upper'), join(home, 'views', name, 'work')];
      for (const folder of [upper, work]) await mkdir(folder, { recursive: true });
      return { at, lower: [at, base], upper, work };
    },
  };
}

async function run({ home, root }: Place, view: OverlayView, script: string): Promise<string> {
  const wrapped = await wrapCommand(sandbox, {
    argv: ['bash', '-c', script],
    root,
    cwd: root,
    home: join(home, 'lane', 'home'),
    masked: [home],
    views: [view],
    network: 'none',
  });
  const result = await runProcess({ ...wrapped, timeoutMs: 20_000, maxOutputBytes: 10_000 });
  return result.output.head.trim();
}

describe.skipIf(!isPossible)('a command with a view', () => {
  it('sees the base, writes over it, and finds what it wrote in its next command', async () => {
    const here = await place();
    const view = await here.view('one');
    expect(await run(here, view, 'cat target/object; echo mine > target/object')).toBe('base');
    expect(await run(here, view, 'cat target/object')).toBe('mine');
    expect(await readFile(join(here.base, 'object'), 'utf8')).toBe('base');
    expect(await readdir(join(here.root, 'target'))).toEqual([]);
  });

  it('sees nothing of what was written into another view of the same base', async () => {
    const here = await place();
    await run(here, await here.view('one'), 'echo evil > target/object; echo x > target/more');
    expect(await run(here, await here.view('two'), 'cat target/*')).toBe('base');
  });

  it('that has no upper folder shows what another one wrote and removed, and writes nothing', async () => {
    const here = await place();
    await writeFile(join(here.base, 'gone'), 'base');
    await chmod(here.base, 0o777);
    const { upper = '', ...first } = await here.view('one');
    const at = join(here.root, 'target');
    await run(
      here,
      { ...first, upper, lower: [here.base] },
      'rm target/gone; echo new > target/new',
    );
    const shown = { at, lower: [upper, here.base] };
    expect(await run(here, shown, 'ls target; cat target/new; touch target/more')).toMatch(
      /^new\nobject\nnew\n.*Read-only file system$/,
    );
    expect((await readdir(here.base)).sort()).toEqual(['gone', 'object']);
  });

  it('has what lies at that place above the base', async () => {
    const here = await place();
    await writeFile(join(here.root, 'target', 'object'), 'set-up');
    expect(await run(here, await here.view('one'), 'cat target/object')).toBe('set-up');
    expect(await readFile(join(here.root, 'target', 'object'), 'utf8')).toBe('set-up');
  });

  it('keeps its own name and reaches nothing of the base beside the view', async () => {
    const here = await place();
    const view = await here.view('one');
    const ids = await run(here, view, 'id -u; touch target/new; stat -c %u target/new');
    const [own, ofFile] = ids.split('\n');
    expect(own).toBe(ofFile);
    expect(Number(own)).not.toBe(0);
    expect(await run(here, view, `cat ${here.base}/object; umount target; echo end`)).toMatch(
      /No such file[\s\S]*end$/,
    );
  });
});

describe('isMountable', () => {
  const at = '/lane/target';
  it('refuses paths that mount options cannot hold', () => {
    const view = (upper: string): OverlayView => ({ at, lower: [at, '/b'], upper, work: '/w' });
    expect(isMountable([view('/u')])).toBe(true);
    expect(isMountable([{ at, lower: ['/u', '/b'] }])).toBe(true);
    expect(isMountable([{ at, lower: ['/u:v', '/b'] }])).toBe(false);
    for (const path of ['/a:b', '/a,b', '/a\\b', '/a"b', '/a\nb', `/${'x'.repeat(4000)}`])
      expect(isMountable([view(path)])).toBe(false);
  });
});
