import { describe, expect, it, vi } from 'vitest';
import { addServeCommand } from '../../../../src/cli/serve/serve.js';
import { addTokenCommands } from '../../../../src/cli/serve/token-commands.js';
import { ALL_SCOPES, MOST_TOKENS } from '../../../../src/domain/index.js';
import { tokenDigest } from '../../../../src/keys/access-tokens.js';
import { commandBench } from '../../../support/command-bench.js';
import { type FakeKv, fakeKv } from '../../../support/remote/fake-kv.js';
import { storedToken } from '../../../support/remote/remote-bench.js';

const PLACE = 'codetether/providers/serve/tokens';

async function desk() {
  const bench = await commandBench(addServeCommand);
  const kv = await fakeKv();
  vi.stubEnv('VAULT_ADDR', kv.address);
  vi.stubEnv('VAULT_TOKEN', 'root');
  return { run: (...words: string[]) => bench.run('serve', 'token', ...words), kv };
}

function kept(kv: FakeKv): { tokens: { name: string; digest: string; scopes: string[] }[] } {
  return kv.secrets.get(PLACE) as ReturnType<typeof kept>;
}

describe('codetether serve token', () => {
  it('is a family below serve', () => {
    expect(addTokenCommands).toBeTypeOf('function');
  });

  it('makes a token of 256 bits, prints it once, and keeps its digest alone', async () => {
    const { run, kv } = await desk();
    const { code, out, err } = await run(
      'create',
      'ci',
      '--scope',
      'code:run',
      '--scope',
      'tasks:read',
    );
    const token = out.trim();
    expect([code, token]).toEqual([0, expect.stringMatching(/^ct_[\w-]{43}$/)]);
    expect(err).toContain('not shown again');
    expect(JSON.stringify([...kv.secrets])).not.toContain(token);
    expect(kept(kv).tokens).toMatchObject([
      { name: 'ci', digest: tokenDigest(token), scopes: ['code:run', 'tasks:read'] },
    ]);
  });

  it('lists names, scopes and times, and never digests', async () => {
    const { run, kv } = await desk();
    expect((await run('list')).err).toContain('no tokens yet');
    await run('create', 'ci', '--scope', 'code:run,tasks:read');
    const json = await run('list', '--json');
    expect(JSON.parse(json.out)).toEqual({
      tokens: [{ name: 'ci', scopes: ['code:run', 'tasks:read'], created_at: expect.any(String) }],
    });
    const table = await run('list');
    expect(table.out).toMatch(/ci +code:run tasks:read/);
    expect(table.out + json.out).not.toContain(kept(kv).tokens[0]?.digest);
  });

  it('revokes by name, and says when there is none', async () => {
    const { run, kv } = await desk();
    await run('create', 'ci', '--scope', 'code:run');
    await run('create', 'other', '--scope', 'code:run');
    expect(JSON.parse((await run('revoke', 'ci', '--json')).out)).toEqual({ revoked: 'ci' });
    expect(kept(kv).tokens.map(({ name }) => name)).toEqual(['other']);
    const again = await run('revoke', 'ci');
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('ERR_TOKEN_UNKNOWN')]);
  });

  it.each([
    [['create', 'ci'], '--scope'],
    [['create', 'ci', '--scope', 'root'], 'ERR_TOKEN_SCOPE'],
    [['create', 'Bad Name', '--scope', 'code:run'], 'ERR_TOKEN_NAME'],
    [['create', '../x', '--scope', 'code:run'], 'ERR_TOKEN_NAME'],
  ])('%j ends with 2 and keeps nothing', async (words, named) => {
    const { run, kv } = await desk();
    const { code, err } = await run(...words);
    expect([code, err]).toEqual([2, expect.stringContaining(named)]);
    expect(kv.secrets.size).toBe(0);
  });

  it('takes a name once, and no more tokens than the limit', async () => {
    const { run, kv } = await desk();
    await run('create', 'ci', '--scope', 'code:run');
    expect((await run('create', 'ci', '--scope', 'code:run')).err).toContain('ERR_TOKEN_EXISTS');
    const many = Array.from({ length: MOST_TOKENS }, (_, at) => storedToken(`t${at}`, `${at}`));
    kv.secrets.set(PLACE, { tokens: many });
    expect((await run('create', 'ci', '--scope', 'code:run')).err).toContain('ERR_TOO_MANY_TOKENS');
  });

  it('loses no token to somebody who writes at the same time', async () => {
    const { run, kv } = await desk();
    let isFirst = true;
    kv.beforeWrite = () => {
      if (!isFirst) return;
      isFirst = false;
      queueMicrotask(() => kv.secrets.set(PLACE, { tokens: [storedToken('other', 'x')] }));
    };
    await run('create', 'ci', '--scope', 'code:run');
    expect(kept(kv).tokens.map(({ name }) => name)).toEqual(['other', 'ci']);
  });

  it('says what is wrong with Vault', async () => {
    const { run, kv } = await desk();
    kv.refusal = 403;
    const denied = await run('list', '--json');
    expect([denied.code, denied.err]).toEqual([3, expect.stringContaining('ERR_VAULT_DENIED')]);
    kv.refusal = undefined;
    kv.secrets.set(PLACE, { tokens: [{ name: 'x' }] });
    expect((await run('list')).err).toContain('ERR_TOKENS_INVALID');
  });

  it('knows a scope for every skill, one to look, and two for the board', () => {
    expect(ALL_SCOPES).toHaveLength(9);
  });
});
