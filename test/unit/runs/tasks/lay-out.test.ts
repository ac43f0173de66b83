import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gitLogins } from '../../../../src/runs/tasks/git-login.js';
import { clonePlace, layOutTask, requireKnownHost } from '../../../../src/runs/tasks/lay-out.js';
import { branchOf, titleOf } from '../../../../src/runs/tasks/plan-task.js';
import {
  offeredWorkspaces,
  offerWorkspaces,
} from '../../../../src/runs/tasks/offered-workspaces.js';
import { taskRequest } from '../../../support/task-requests.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const settings = (gitHosts: string[], workspaces: Record<string, string> = {}) => ({
  workspaces,
  gitHosts,
  gitCredentials: [],
  isPushed: false,
  maxOpen: 1,
  maxOpenPerOwner: 1,
  configFile: null,
});
const logins = gitLogins({ credentials: [], readToken: () => Promise.reject(new Error('no')) });
const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('where a repository is cloned from', () => {
  it.each([
    ['https://github.com/a/b.git', ['github.com']],
    ['https://git.example.org/a', ['.example.org']],
    ['https://git.example.org:8443/a', ['git.example.org:8443']],
    ['http://127.0.0.1:3000/a', ['127.0.0.1:3000']],
    ['https://anything.org/a', ['*']],
  ])('may be %s with %j', (url, hosts) => {
    expect(requireKnownHost(url, settings(hosts)).href).toBe(url);
  });

  it.each([
    ['https://github.com/a/b.git', []],
    ['https://github.com.evil.org/a', ['github.com']],
    ['https://evilexample.org/a', ['.example.org']],
    ['https://github.com:8443/a', ['github.com', '*', '.com']],
    ['http://github.com/a', ['github.com']],
    ['https://me:key@github.com/a', ['github.com']],
    ['https://me@github.com/a', ['github.com']],
    ['ssh://git@github.com/a', ['github.com']],
    ['git@github.com:a/b', ['github.com']],
    ['ext::sh -c id', ['*']],
    ['file:///etc', ['*']],
    ['--upload-pack=id', ['*']],
    ['', ['*']],
  ])('is refused: %s with %j', (url, hosts) => {
    expect(() => requireKnownHost(url, settings(hosts))).toThrow(refused('ERR_TASK_GIT_HOST'));
  });

  it('is one clone a context, owner and address', () => {
    const place = { kind: 'git' as const, url: 'https://github.com/a' };
    const at = (fields: object) => clonePlace('/home', taskRequest({ place, ...fields }));
    expect(at({})).toBe(at({ taskId: '01kb7w8z9qhsd5m3t6x4yv2r0z' }));
    const others = [
      { contextId: 'c2' },
      { owner: 'o2' },
      { place: { ...place, url: 'https://b' } },
    ];
    expect(new Set([{}, ...others].map(at)).size).toBe(4);
  });
});

describe('where a task works', () => {
  const known = { home: '/nowhere', tasks: settings([], { demo: '/repos/demo' }), logins };
  it('is a workspace by its name, or nowhere', async () => {
    const lay = (place?: object) =>
      layOutTask({ ...taskRequest(), ...(place && { place }) } as never, known);
    expect(await lay({ kind: 'workspace', name: 'demo' })).toBe('/repos/demo');
    expect(await lay()).toBeNull();
    for (const name of ['other', 'constructor', '__proto__', '../demo'])
      await expect(lay({ kind: 'workspace', name })).rejects.toThrow(refused('ERR_TASK_WORKSPACE'));
  });
});

describe('folders that a command offers', () => {
  it('are there by name, behind those of the configuration, and stay when others are offered', async () => {
    const home = await temporaryFolder();
    await offerWorkspaces(home, { shop: '/offered/shop', demo: '/offered/demo' });
    await offerWorkspaces(home, { other: '/offered/other' });
    await offerWorkspaces(home, {});
    const lay = (name: string) =>
      layOutTask(taskRequest({ place: { kind: 'workspace', name } }), {
        home,
        tasks: settings([], { demo: '/repos/demo' }),
        logins,
      });
    expect([await lay('shop'), await lay('demo'), await lay('other')]).toEqual([
      '/offered/shop',
      '/repos/demo',
      '/offered/other',
    ]);
  });

  it.each(['{', '[]', '{"a": "relative"}'])(
    'are none where their file is damaged: %s',
    async (text) => {
      const home = await temporaryFolder();
      await offerWorkspaces(home, { a: '/a' });
      writeFileSync(join(home, 'tasks', '.workspaces.json'), text);
      expect(await offeredWorkspaces(home)).toEqual({});
    },
  );
});

describe('the names of a task', () => {
  it('are one branch a context', () => {
    expect(branchOf(taskRequest({ contextId: 'session-1' }))).toBe('codetether/session-1');
    expect(branchOf(taskRequest({ branch: 'feature/x' }))).toBe('feature/x');
  });

  it.each(['a b', '../..', 'HEAD', 'ü', 'x'.repeat(200), '-x', 'a..b', 'a.lock'])(
    'are a branch that git takes for the context %j',
    (contextId) => {
      expect(branchOf(taskRequest({ contextId }))).toMatch(/^codetether\/[0-9a-z][0-9a-z-]*$/);
    },
  );

  it('are the first line of what is asked for', () => {
    const asked = (text: string) =>
      titleOf({
        skill: 'code',
        message: { messageId: 'm', role: 'user', parts: [{ kind: 'text', text }] },
      });
    expect(asked('Mend it.\n\nDetails.')).toBe('Mend it.');
    expect(asked('x'.repeat(500))).toHaveLength(120);
    expect(asked(' ')).toBe('a task (code)');
  });
});
