import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { addAuthCommand } from '../../../../src/cli/auth/auth.js';
import { listKeys } from '../../../../src/cli/auth/list-keys.js';
import { setKey } from '../../../../src/cli/auth/set-key.js';
import { testKey } from '../../../../src/cli/auth/test-key.js';
import { startLocalVault } from '../../../../src/cli/auth/vault-service.js';
import { createContext } from '../../../../src/cli/context.js';
import { serviceStatus } from '../../../../src/host/status.js';
import { commandBench } from '../../../support/command-bench.js';

describe('auth', () => {
  it('lists no key where there is none, and names variables whose keys are not used', async () => {
    const { run, home } = await commandBench(addAuthCommand);
    vi.stubEnv('MOONSHOT_API_KEY', 'k');
    const { code, out } = await run('auth', 'list', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { vault: 'none', providers: [], unused_environment_keys: { moonshotai: 'MOONSHOT_API_KEY' } },
    ]);
    const text = await run('auth', 'list');
    expect(text.err).toContain('the key in MOONSHOT_API_KEY is not used');
    expect(`${text.out}${text.err}${out}`).not.toMatch(/\bk\b/);
    expect(serviceStatus(home).processes).toEqual([]);
  });

  it.each([['set', 'nobody'], ['set', '--json'], ['nothing']])(
    '%s %s ends with 2 and asks for no key',
    async (...words) => {
      const { run } = await commandBench(addAuthCommand);
      expect((await run('auth', ...words)).code).toBe(2);
    },
  );
});

describe('the parts of auth', () => {
  it('refuse a provider that nobody knows before they ask for its key', async () => {
    await commandBench(addAuthCommand);
    const context = await createContext(new Command());
    await expect(setKey('nobody', {}, context)).rejects.toMatchObject({
      code: 'ERR_PROVIDER_UNKNOWN',
      exitCode: 2,
      where: { field: 'provider' },
    });
    // A server of tools is one that the configuration names.
    await expect(setKey('mcp/nothing', {}, context)).rejects.toMatchObject({
      code: 'ERR_PROVIDER_UNKNOWN',
    });
    // Not repeated on the screen: it may be the key itself.
    const pasted = setKey('SK ant', { baseUrl: 'https://x.example' }, context);
    await expect(pasted).rejects.toMatchObject({ message: '"this" is not a known provider' });
  });

  it('try no model of a provider of which none is known', async () => {
    await commandBench(addAuthCommand);
    const context = await createContext(new Command());
    await expect(testKey('nobody', {}, context)).rejects.toMatchObject({
      code: 'ERR_MODEL_REFERENCE_INVALID',
      where: { field: '--model' },
    });
  });

  it('start nothing where there is no Vault of our own', async () => {
    const { home } = await commandBench(addAuthCommand);
    await mkdir(home);
    await writeFile(join(home, 'note'), '');
    const context = await createContext(new Command());
    await startLocalVault(context);
    expect(serviceStatus(home).processes).toEqual([]);
    await expect(listKeys({}, context)).resolves.toBeUndefined();
  });
});
