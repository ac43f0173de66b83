import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createServerFinder } from '../../../../../src/tools/lsp/server/find-server.js';
import { LANGUAGES, type Language } from '../../../../../src/tools/lsp/server/language-table.js';
import {
  createServerPool,
  type PoolOptions,
} from '../../../../../src/tools/lsp/server/server-pool.js';
import { ServerFault } from '../../../../../src/tools/lsp/server/server-fault.js';
import type { ServerSession } from '../../../../../src/tools/lsp/server/server-session.js';
import { startServer } from '../../../../../src/tools/lsp/server/start-server.js';
import { detectSandbox } from '../../../../../src/platform/sandbox/detect.js';
import { doublePool, type DoubleOptions } from '../../../../support/lsp-bench.js';
import { workspaceFixture, type WorkspaceFixture } from '../../../../support/workspace-fixture.js';

const [typescript, python] = LANGUAGES as readonly [Language, Language];

async function put(
  { workspace }: WorkspaceFixture,
  path: string,
  text = '#!/bin/sh\n',
): Promise<string> {
  const file = join(workspace.root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

/** A pool of which starts are counted, with sessions that are none. */
function countingPool(more: Partial<PoolOptions> = {}) {
  const sessions: { death: string | undefined; stop: () => Promise<void> }[] = [];
  const stopped: number[] = [];
  const pool = createServerPool({
    sandbox: {} as PoolOptions['sandbox'],
    masked: [],
    find: () => Promise.resolve({ candidate: { program: 'x', args: [] }, program: '/x' }),
    start: () => {
      const at = sessions.length;
      const stop = () => {
        stopped.push(at);
        return Promise.resolve();
      };
      const session = { death: undefined, stop };
      sessions.push(session);
      return Promise.resolve(session as unknown as ServerSession);
    },
    ...more,
  });
  return { pool, sessions, stopped };
}

describe('servers', () => {
  it('are found in the packages of the workspace, for Python in its own environment', async () => {
    const fixture = await workspaceFixture();
    const find = createServerFinder();
    const program = await put(fixture, 'node_modules/.bin/typescript-language-server');
    const pyright = await put(fixture, '.venv/bin/pyright-langserver');
    expect((await find(fixture.workspace, typescript))?.program).toBe(program);
    expect((await find(fixture.workspace, python))?.program).toBe(pyright);
    await rm(program);
    expect((await find(fixture.workspace, typescript))?.program).not.toBe(program);
  });

  it.each([
    ['7.0.2', 'tsc'],
    ['5.9.3', 'typescript-language-server'],
    ['6.0.3', 'typescript-language-server'],
  ])('of TypeScript %s are started by %s', async (version, wanted) => {
    const fixture = await workspaceFixture();
    await put(fixture, 'node_modules/.bin/typescript-language-server');
    await put(fixture, 'node_modules/.bin/tsc');
    await put(fixture, 'node_modules/typescript/package.json', `{"version": "${version}"}`);
    const found = await createServerFinder()(fixture.workspace, typescript);
    expect(found?.candidate.program).toBe(wanted);
  });

  it('are shared by all who ask in one workspace, and not with another', async () => {
    const { pool, sessions } = countingPool();
    const one = await workspaceFixture();
    const other = await workspaceFixture();
    const asked = [
      pool.get(one.workspace, typescript),
      pool.get(one.workspace, typescript),
      pool.get(one.workspace, python),
      pool.get(other.workspace, typescript),
    ];
    const answers = await Promise.all(asked);
    expect(sessions).toHaveLength(3);
    expect(answers[0]).toEqual(answers[1]);
  });

  it('of a lane that was made anew are new ones', async () => {
    const { pool, sessions } = countingPool();
    const { workspace } = await workspaceFixture();
    await pool.get(workspace, typescript);
    await mkdir(join(dirname(workspace.root), 'other'));
    await rm(workspace.root, { recursive: true });
    await mkdir(join(dirname(workspace.root), 'again'));
    await mkdir(workspace.root);
    await pool.get(workspace, typescript);
    expect(sessions).toHaveLength(2);
  });

  it('are stopped when nobody asks for a while, and when there are too many', async () => {
    const { pool, stopped } = countingPool({ idleMs: 30, maxServers: 2 });
    const { workspace } = await workspaceFixture();
    for (const language of LANGUAGES.slice(0, 3)) await pool.get(workspace, language);
    await vi.waitFor(() =>
      expect(stopped.toSorted((left, right) => left - right)).toEqual([0, 1, 2]),
    );
    expect(stopped[0]).toBe(0);
  });

  it('that ended are started once more at once, and then not for a while', async () => {
    const { pool, sessions } = countingPool();
    const { workspace } = await workspaceFixture();
    const die = async (): Promise<string> => {
      const answer = await pool.get(workspace, typescript);
      const last = sessions.at(-1);
      if (last !== undefined) last.death = 'it fell over';
      return answer.kind;
    };
    expect([await die(), await die(), await die(), await die()]).toEqual([
      'server',
      'server',
      'broken',
      'broken',
    ]);
    expect(sessions).toHaveLength(2);
    expect(await pool.isPresent(workspace, typescript)).toBe(false);
  });

  it('that do not start are words for a model, and tried again later', async () => {
    let starts = 0;
    const { pool } = countingPool({
      retryMs: 20,
      start: () => {
        starts += 1;
        return Promise.reject(new ServerFault('it has no licence'));
      },
    });
    const { workspace } = await workspaceFixture();
    expect(await pool.get(workspace, typescript)).toEqual({
      kind: 'broken',
      reason: 'it has no licence',
    });
    expect(await pool.get(workspace, typescript)).toEqual({
      kind: 'broken',
      reason: 'it has no licence',
    });
    await vi.waitFor(async () => {
      await pool.get(workspace, typescript);
      expect(starts).toBeGreaterThan(1);
    });
  });
});

describe('a session', () => {
  async function session(
    options: DoubleOptions = {},
    more: { readonly memoryBytes?: number } = {},
  ): Promise<ServerSession> {
    const { workspace, home } = await workspaceFixture({ 'a.ts': 'one\n' });
    const { find } = await doublePool(workspace.root, options);
    const found = await find?.(workspace, typescript);
    if (found === undefined) throw new Error('not found');
    const surroundings = { sandbox: await detectSandbox(), masked: [home], ...more };
    return startServer({ surroundings, workspace, language: typescript, found });
  }
  const hover = {
    method: 'textDocument/hover',
    params: { textDocument: { uri: 'file:///a' }, position: { line: 0, character: 0 } },
    result: z.unknown(),
  };

  it('answers within its time limit or not at all, and is over when the server says nothing any more', async () => {
    const silent = await session({ silent: ['textDocument/hover'] });
    await expect(silent.ask({ ...hover, timeoutMs: 100 })).rejects.toThrow('it does not answer');
    expect(silent.death).toContain('it does not answer');
    await expect(silent.ask({ ...hover, timeoutMs: 100 })).rejects.toThrow('it does not answer');
    await silent.stop();
  });

  it('ends a question with the signal of who asked', async () => {
    const slow = await session({ delays: [60_000] });
    const controller = new AbortController();
    const asked = slow.ask({ ...hover, timeoutMs: 50_000, signal: controller.signal });
    controller.abort(new Error('cancelled by the person'));
    await expect(asked).rejects.toThrow('cancelled by the person');
    expect(slow.death).toBeUndefined();
    await slow.stop();
    expect(slow.death).toContain('it was stopped');
  });

  it('refuses answers that are none, and servers that count characters in another way', async () => {
    const odd = await session();
    await expect(odd.ask({ ...hover, result: z.number(), timeoutMs: 5000 })).rejects.toThrow(
      'gave an answer to textDocument/hover that is none',
    );
    await odd.stop();
    await expect(session({ capabilities: { positionEncoding: 'utf-8' } })).rejects.toThrow(
      'counts characters',
    );
  });

  it.each(['crash', 'garbage', 'huge'] as const)(
    'does not become ready when the server begins with %s',
    async (fault) => {
      await expect(session({ fault })).rejects.toThrow(ServerFault);
    },
  );

  it('is ended when it uses more memory than it may', async () => {
    const large = await session({ fault: 'memory', at: 1 }, { memoryBytes: 400 * 1024 * 1024 });
    large.tell('/a.ts', 'x');
    await vi.waitFor(() => expect(large.death).toMatch(/more than 400 MiB of memory/), {
      timeout: 60_000,
    });
  }, 90_000);
});
