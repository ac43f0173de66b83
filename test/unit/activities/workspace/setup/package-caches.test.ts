import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  offlineVariables,
  setupVariables,
} from '../../../../../src/activities/workspace/setup/package-caches.js';
import {
  hostEnvironment,
  setHostEnvironment,
} from '../../../../../src/platform/process/host-environment.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const usual = hostEnvironment();

afterEach(() => {
  setHostEnvironment(usual);
});

describe('variables of set-up commands', () => {
  it('keep every cache below one folder, which is there', async () => {
    const cache = join(await temporaryFolder(), 'cache');
    const variables = await setupVariables(cache);
    expect((await stat(cache)).isDirectory()).toBe(true);
    const folders = Object.entries(variables).filter(([, value]) => value.startsWith(cache));
    expect(folders.length).toBeGreaterThan(9);
    // Two managers in one folder would take each other's files for their own.
    expect(new Set(folders.map(([, folder]) => folder)).size).toBe(folders.length);
    expect(variables).toMatchObject({ CI: 'true', npm_config_package_import_method: 'copy' });
  });

  it('hold registries of the user, but none with a password', async () => {
    setHostEnvironment({
      PIP_INDEX_URL: 'https://pypi.example/simple',
      GOPROXY: 'https://user:secret@go.example',
      UV_INDEX_URL: 'https://token@uv.example',
      NPM_TOKEN: 'secret',
    });
    const variables = await setupVariables(await temporaryFolder());
    expect(variables['PIP_INDEX_URL']).toBe('https://pypi.example/simple');
    expect(variables).not.toHaveProperty('GOPROXY');
    expect(variables).not.toHaveProperty('UV_INDEX_URL');
    expect(JSON.stringify(variables)).not.toContain('secret');
  });

  it('add to the flags that the user has for Go', async () => {
    setHostEnvironment({ GOFLAGS: '-mod=mod' });
    expect((await setupVariables(await temporaryFolder()))['GOFLAGS']).toBe('-mod=mod -modcacherw');
    expect(offlineVariables('/cache')['GOFLAGS']).toBe('-mod=mod');
  });
});

describe('variables of checks', () => {
  it('name the caches of set-up, and no network', async () => {
    const cache = await temporaryFolder();
    const online = await setupVariables(cache);
    const { CARGO_NET_OFFLINE, GOPROXY, UV_OFFLINE, UV_NO_SYNC, GOFLAGS, ...caches } =
      offlineVariables(cache);
    expect([CARGO_NET_OFFLINE, GOPROXY, UV_OFFLINE, UV_NO_SYNC, GOFLAGS]).toEqual([
      'true',
      'off',
      '1',
      '1',
      '',
    ]);
    expect(Object.keys(caches)).toContain('CARGO_HOME');
    for (const [name, value] of Object.entries(caches)) expect(online[name]).toBe(value);
  });
});
