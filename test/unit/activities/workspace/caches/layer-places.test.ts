import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  generationPlace,
  homeOf,
  isPlain,
  knownPlaces,
  laneCaches,
  makeMountPoint,
  pathInLane,
  plannedCaches,
} from '../../../../../src/activities/workspace/caches/layer-places.js';
import { NO_SETUP } from '../../../../../src/domain/workspace-setup.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';
import { workspaceFixture } from '../../../../support/workspace-fixture.js';

const lane = async () => (await workspaceFixture({ 'src/a.ts': '' })).workspace;

describe('where build caches lie', () => {
  it('is a run’s own place below the home', async () => {
    const { root, workdir, gitDir, refPrefix } = await lane();
    const own = {
      root,
      workdir,
      gitDir,
      refPrefix,
      state: '/h/workspaces/repo-1/run-1/proof/state',
    };
    expect(generationPlace('/h', own)).toEqual({
      home: '/h',
      repository: 'repo-1',
      run: '/h/workspaces/repo-1/run-1',
    });
  });

  it('is below the home of commands, and below each folder with a manifest', async () => {
    const own = await lane();
    const places = knownPlaces([
      { tool: 'go', folders: ['.'] },
      { tool: 'cargo', folders: ['.', 'crates/a'] },
      { tool: 'of a later version', folders: ['.'] },
    ]);
    const paths = places.map((place) => [place.tool, place.place, place.path]);
    expect(paths).toContainEqual(['go', 'home', '.cache/go-build']);
    expect(paths).toContainEqual(['cargo', 'lane', 'target']);
    expect(paths).toContainEqual(['cargo', 'lane', 'crates/a/target']);
    expect(pathInLane(own, { place: 'home', path: 'x' })).toBe(join(homeOf(own), 'x'));
    expect(pathInLane(own, { place: 'lane', path: 'x' })).toBe(join(own.root, 'x'));
    expect(plannedCaches(NO_SETUP)).toEqual([]);
  });

  it('is told to commands by variables that name the lane', async () => {
    const own = await lane();
    const { variables, path } = laneCaches(own, [{ tool: 'go', folders: ['.'] }]);
    expect(Object.keys(variables).length).toBeGreaterThan(0);
    expect(path.every((folder) => folder.startsWith('/'))).toBe(true);
    expect(laneCaches(own, [])).toEqual({ variables: {}, path: [] });
  });
});

describe('the way to a cache', () => {
  it('is plain when it is made of folders, or is not there', async () => {
    const own = await lane();
    await mkdir(join(homeOf(own), '.cache'), { recursive: true });
    expect(
      [
        join(own.root, 'src'),
        join(own.root, 'src/deep/er'),
        join(homeOf(own), '.cache/go-build'),
      ].map((path) => isPlain(own, path)),
    ).toEqual([true, true, true]);
  });

  it('is not plain when a file or a link lies on it, and nothing is made behind one', async () => {
    const own = await lane();
    const outside = await temporaryFolder();
    await symlink(outside, join(own.root, 'target'));
    await mkdir(dirname(homeOf(own)), { recursive: true });
    await symlink(outside, homeOf(own));
    for (const path of [
      join(own.root, 'target/debug'),
      join(own.root, 'target'),
      join(own.root, 'src/a.ts'),
    ])
      expect(await makeMountPoint(own, path)).toBe(false);
    expect(await readdir(outside)).toEqual([]);
    expect(await makeMountPoint(own, join(own.root, 'build/x'))).toBe(true);
    await writeFile(join(own.root, 'build/x/is-a-folder'), '');
  });
});
