import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostsIn } from '../../../../src/runs/egress/lock-hosts.js';
import { planNetwork } from '../../../../src/runs/egress/plan-network.js';
import { hostsOf, withoutCredentials } from '../../../../src/runs/egress/registry-settings.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const step = (command: string) => ({
  name: command,
  command,
  folder: '.',
  timeoutMs: 1000,
  lockFiles: [],
});
const commit = (files: Readonly<Record<string, string>>) => ({
  paths: Object.keys(files),
  read: async (path: string) => files[path],
});
const egress = { allow: [], allowPrivate: [], setupNetwork: 'registries' as const };

describe('hostsIn', () => {
  it.each([
    [
      'package-lock.json',
      '"resolved": "https://npm.example/x.tgz", "funding": {"url": "https://fund.example"}, "resolved": "git+ssh://git@git.example/a/b.git#1"',
      ['npm.example', 'git.example'],
    ],
    ['yarn.lock', '  resolved "https://yarn.example:8443/x.tgz#1"', ['yarn.example:8443']],
    ['app/pnpm-lock.yaml', 'tarball: https://tar.example/x.tgz', ['tar.example']],
    ['uv.lock', 'source = { registry = "https://uv.example/simple" }', ['uv.example']],
    [
      'requirements.txt',
      '--index-url https://user:pass@pip.example/simple\nx @ https://at.example/x.whl',
      ['pip.example', 'at.example'],
    ],
    [
      'Cargo.lock',
      'source = "registry+https://github.com/rust-lang/crates.io-index"',
      ['github.com'],
    ],
    ['.cargo/config.toml', 'index = "sparse+https://cargo.example/i/"', ['cargo.example']],
    ['config.toml', 'index = "https://other.example"', []],
    ['.npmrc', '@own:registry=https://scope.example/', ['scope.example']],
    ['package-lock.json', '"resolved": "http://plain.example/x.tgz"', []],
    ['README.md', 'resolved "https://readme.example"', []],
  ])('finds where %s fetches from', (path, text, expected) => {
    expect(hostsIn(path, text)).toEqual(expected);
  });

  it('stays fast on eight megabytes of what almost matches', () => {
    const startedAt = performance.now();
    for (const shape of ['"resolved"', '"resolved": "https://', ' ', '@', 'https://a.'])
      hostsIn('package-lock.json', shape.repeat(8_388_608 / shape.length));
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('credentials in registry settings', () => {
  it('are taken out, and the hosts are found', () => {
    const value = 'https://user:secret@a.example/x,https://b.example:8443,direct';
    expect(withoutCredentials(value)).toBe('https://a.example/x,https://b.example:8443,direct');
    expect(hostsOf(value)).toEqual(['a.example', 'b.example:8443']);
  });
});

describe('planNetwork', () => {
  it('allows what the base and the user name, with what a forge needs, and the registries by themselves', async () => {
    const files = commit({
      'Cargo.lock': 'source = "git+https://github.com/a/b"',
      'package-lock.json': '"resolved": "https://registry.npmjs.org/x.tgz"',
    });
    const config = { egress: { ...egress, allow: ['.own.example'], allowPrivate: ['m.example'] } };
    const planned = await planNetwork(config, { steps: [step('true')], files, environment: {} });
    expect(planned).toEqual({
      mode: 'registries',
      allow: [
        'github.com',
        'codeload.github.com',
        'objects.githubusercontent.com',
        'release-assets.githubusercontent.com',
        'raw.githubusercontent.com',
        '.own.example',
      ],
      allowPrivate: ['m.example'],
      variables: {},
    });
  });

  it('asks the package managers of the commands where they fetch from', async () => {
    const folder = await temporaryFolder();
    const answer = async (name: string, text: string): Promise<void> => {
      await writeFile(join(folder, name), `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
      await chmod(join(folder, name), 0o755);
    };
    await answer(
      'npm',
      '{"registry":"https://u:p@npm.example/","@own:registry":"https://own.example/","cache":"/x"}',
    );
    await answer('pip', "global.index-url='https://u:p@pip.example/simple'\nglobal.cert='/x'");
    await answer(
      'go',
      '{"GOPROXY":"https://go.example,direct","GOSUMDB":"sum.golang.org","GOPRIVATE":""}',
    );
    const environment = { PATH: `${folder}:/bin:/usr/bin`, HOME: folder };
    const steps = [step('npm ci && pip install x && go mod download')];
    const planned = await planNetwork({ egress }, { steps, files: commit({}), environment });
    expect(planned).toEqual({
      mode: 'registries',
      allow: ['npm.example', 'own.example', 'pip.example', 'go.example'],
      allowPrivate: [],
      variables: {
        npm_config_registry: 'https://npm.example/',
        'npm_config_@own:registry': 'https://own.example/',
        PIP_INDEX_URL: 'https://pip.example/simple',
        UV_DEFAULT_INDEX: 'https://pip.example/simple',
        GOPROXY: 'https://go.example,direct',
      },
    });
  });

  it('takes the flag over the configuration', async () => {
    const place = { steps: [], files: commit({}), environment: {} };
    const open = { egress: { ...egress, setupNetwork: 'open' as const } };
    expect((await planNetwork(open, place)).mode).toBe('open');
    expect((await planNetwork(open, { ...place, flag: 'registries' })).mode).toBe('registries');
  });
});
