import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  beginGeneration,
  dropLostLease,
  generationsOf,
  leasedGeneration,
  leaseGeneration,
  listGenerations,
  measureLayer,
  removeGeneration,
  sealGeneration,
  type GenerationPlace,
} from '../../../../src/platform/build-cache/generation.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const KEY = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

async function placeOf(home: string, run = 'run-1'): Promise<GenerationPlace> {
  const folder = join(homePaths(home).workspaces, 'demo', run);
  await mkdir(folder, { recursive: true });
  return { home, repository: 'demo', run: folder };
}

async function seal(place: GenerationPlace, key: string, content = 'x'): Promise<void> {
  const folder = await beginGeneration(place, key);
  await mkdir(join(folder, '0'));
  await writeFile(join(folder, '0', 'entry'), content);
  const facts = { tree: 't', setupKey: 's', root: '/lane', newestMs: 1, layers: [] };
  await sealGeneration(place, { key, ...facts });
}

describe('a generation of build caches', () => {
  it('is there for a run once it is sealed, and not before', async () => {
    const place = await placeOf(await temporaryFolder());
    await beginGeneration(place, KEY);
    expect(await leaseGeneration(place, KEY)).toBeUndefined();
    await seal(place, KEY);
    expect(await leaseGeneration(place, KEY)).toEqual({
      version: 1,
      key: KEY,
      tree: 't',
      setupKey: 's',
      root: '/lane',
      newestMs: 1,
      layers: [],
      sealedAt: expect.any(String),
    });
    expect((await leasedGeneration(place))?.key).toBe(KEY);
  });

  it('stays as the first run made it when two make it at once', async () => {
    const home = await temporaryFolder();
    const [one, two] = [await placeOf(home, 'run-1'), await placeOf(home, 'run-2')];
    await seal(one, KEY, 'first');
    await seal(two, KEY, 'second');
    const folder = join(homePaths(home).buildCaches, 'demo');
    expect(await readdir(folder)).toEqual([KEY]);
    expect((await measureLayer(join(folder, KEY, '0'))).bytes).toBe('first'.length);
  });

  it('is leased as long as the lanes of a run are there', async () => {
    const home = await temporaryFolder();
    const place = await placeOf(home);
    await seal(place, KEY);
    await leaseGeneration(place, KEY);
    await seal(place, OTHER);
    const leases = async (without?: ReadonlySet<string>): Promise<Record<string, boolean>> =>
      Object.fromEntries(
        (await listGenerations(home, without)).map(({ key, isLeased }) => [key, isLeased]),
      );
    expect(await leases()).toEqual({ [KEY]: true, [OTHER]: false });
    expect(await leases(new Set([place.run]))).toEqual({ [KEY]: false, [OTHER]: false });
    await rm(place.run, { recursive: true });
    expect(await leases()).toEqual({ [KEY]: false, [OTHER]: false });
  });

  it('is leased while a run is making it, and not when that run is gone', async () => {
    const home = await temporaryFolder();
    const place = await placeOf(home, 'run.with.dots');
    await beginGeneration(place, KEY);
    expect((await generationsOf(place)).map(({ isLeased }) => isLeased)).toEqual([true]);
    await rm(place.run, { recursive: true });
    expect((await generationsOf(place)).map(({ isLeased }) => isLeased)).toEqual([false]);
  });

  it('is missed by a run that had it, once', async () => {
    const place = await placeOf(await temporaryFolder());
    expect(await dropLostLease(place)).toBe(false);
    await seal(place, KEY);
    await leaseGeneration(place, KEY);
    expect(await dropLostLease(place)).toBe(false);
    for (const generation of await generationsOf(place)) await removeGeneration(generation);
    expect(await dropLostLease(place)).toBe(true);
    expect(await dropLostLease(place)).toBe(false);
    expect(await leasedGeneration(place)).toBeUndefined();
  });

  it('is none where its record or its lease is damaged', async () => {
    const place = await placeOf(await temporaryFolder());
    await seal(place, KEY);
    await leaseGeneration(place, KEY);
    const record = join(homePaths(place.home).buildCaches, 'demo', KEY, 'generation.json');
    await writeFile(record, '{"version":1');
    expect(await leasedGeneration(place)).toBeUndefined();
    await writeFile(join(place.run, 'build-caches.json'), '{"version":1,"key":"../../x"}');
    expect(await leasedGeneration(place)).toBeUndefined();
  });

  it('knows the size and the newest time of a layer', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'a'), '12345');
    await writeFile(join(folder, 'b'), '1');
    await utimes(join(folder, 'deep', 'a'), 1_000, 2_000);
    await utimes(join(folder, 'b'), 1_000, 1_000);
    expect(await measureLayer(folder)).toEqual({ bytes: 6, files: 2, newestMs: 2_000_000 });
  });
});
