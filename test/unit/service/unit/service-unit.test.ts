import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import {
  installUnit,
  planUnit,
  uninstallUnit,
  unitStatus,
} from '../../../../src/service/unit/service-unit.js';
import { launchdPlist, systemdUnit } from '../../../../src/service/unit/unit-text.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** A machine with its own folders and programs that write down how they were called. */
async function machine(answers: { systemctl?: number; loginctl?: number } = {}) {
  const root = await temporaryFolder();
  const calls = join(root, 'calls');
  const bin = join(root, 'bin');
  mkdirSync(bin);
  for (const [name, code] of Object.entries({ systemctl: 0, loginctl: 0, ...answers })) {
    const script = `#!/bin/sh\necho "${name} $*" >> '${calls}'\n[ ${code} = 0 ] || echo 'no way' >&2\nexit ${code}\n`;
    writeFileSync(join(bin, name), script, { mode: 0o755 });
  }
  const environment = {
    HOME: root,
    PATH: `${bin}:/bin:/usr/bin`,
    XDG_CONFIG_HOME: join(root, 'config'),
    CODETETHER_HOME: join(root, 'home 100%'),
    VAULT_ADDR: 'https://vault.test:8200',
    VAULT_TOKEN: 'hvs.secret',
  };
  const config = await loadConfig({ environment, project: root });
  const options = { environment, platform: 'linux' as const };
  const called = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);
  return { root, config, options, called, environment };
}

describe('service install on Linux', () => {
  it('writes the unit below XDG_CONFIG_HOME, starts it and asks for linger', async () => {
    const { root, config, options, called } = await machine();
    const installed = await installUnit(config, options);
    expect(installed.path).toBe(join(root, 'config', 'systemd', 'user', 'codetether.service'));
    expect(installed.startsAtBoot).toBe(true);
    expect(readFileSync(installed.path, 'utf8')).toBe(installed.text);
    expect(called().slice(1, 3)).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now codetether.service',
    ]);
    expect(called()[3]).toMatch(/^loginctl enable-linger \S+$/);
    expect((await unitStatus(config, options)).state).toBe('installed');
  });

  it('never writes a token, and says what to do instead', async () => {
    const { config, options } = await machine();
    const plan = planUnit(config, options);
    expect(plan.text).toContain('Environment="VAULT_ADDR=https://vault.test:8200"');
    expect(plan.text).not.toContain('hvs.secret');
    expect(plan.notes.join()).toContain('token_file');
  });

  it('says when linger needs more rights; the unit stays installed', async () => {
    const { config, options } = await machine({ loginctl: 1 });
    const installed = await installUnit(config, options);
    expect(installed.startsAtBoot).toBe(false);
    expect(installed.notes.join()).toMatch(/sudo loginctl enable-linger/);
  });

  it('writes nothing where no systemd answers, and shows the cron line', async () => {
    const { config, options } = await machine({ systemctl: 1 });
    const { path } = planUnit(config, options);
    await expect(installUnit(config, options)).rejects.toMatchObject({
      code: 'ERR_UNIT_NO_MANAGER',
      exitCode: 3,
      hint: expect.stringContaining('@reboot') as string,
    });
    expect(existsSync(path)).toBe(false);
  });

  it('leaves the unit of another home alone', async () => {
    const { root, config, options, environment } = await machine();
    await installUnit(config, options);
    const other = await loadConfig({
      environment: { ...environment, CODETETHER_HOME: join(root, 'other') },
      project: root,
    });
    for (const touch of [installUnit, uninstallUnit])
      await expect(touch(other, options)).rejects.toMatchObject({ code: 'ERR_UNIT_OTHER_HOME' });
  });
});

describe('service uninstall', () => {
  it('stops the unit and removes the file; a second time there is nothing', async () => {
    const { config, options, called } = await machine();
    const { path } = await installUnit(config, options);
    expect(await uninstallUnit(config, options)).toBe(path);
    expect(existsSync(path)).toBe(false);
    expect(called()).toContain('systemctl --user disable --now codetether.service');
    expect(await uninstallUnit(config, options)).toBe(null);
  });
});

describe('the text of a unit', () => {
  const facts = {
    node: '/opt/node 20/bin/node',
    program: '/opt/codetether/bin/codetether.js',
    home: '/data/50%',
    variables: { CODETETHER_HOME: '/data/50%', PATH: '/usr/bin:/a"b' },
  };

  it('quotes paths and specifiers for systemd, and drains before it kills', () => {
    const text = systemdUnit(facts);
    expect(text).toContain(
      'ExecStart="/opt/node 20/bin/node" /opt/codetether/bin/codetether.js up --foreground',
    );
    expect(text).toContain('Environment="CODETETHER_HOME=/data/50%%"');
    expect(text).toContain('Environment="PATH=/usr/bin:/a\\"b"');
    expect(text).toContain('KillMode=mixed');
  });

  it('is a property list for launchd', () => {
    const text = launchdPlist({ ...facts, variables: { CODETETHER_HOME: '/a&b' } });
    expect(text).toContain('<string>/opt/node 20/bin/node</string>');
    expect(text).toContain('<string>/a&amp;b</string>');
    expect(text).toContain('<key>RunAtLoad</key>\n  <true/>');
  });
});
