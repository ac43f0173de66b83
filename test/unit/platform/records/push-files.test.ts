import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PushRecord } from '../../../../src/domain/index.js';
import { createPushFiles } from '../../../../src/platform/records/push-files.js';
import { PUSHED_TASK, pushConfig, pushFiles } from '../../../support/push-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const { taskId } = PUSHED_TASK;

function record(id = 'hook', generation = 'g1'): PushRecord {
  return {
    version: 1,
    config: pushConfig('https://hook.example/', { id, token: 'top-secret-token' }),
    contextId: 'c',
    generation,
    behind: 0,
  };
}

describe('configurations of deliveries on disk', () => {
  it('are read back, by one, by task and all', async () => {
    const { files } = await pushFiles();
    expect(await files.read(taskId, 'hook')).toBeUndefined();
    expect(await files.list(taskId)).toEqual([]);
    await files.write(record('b'));
    await files.write(record('a'));
    expect(await files.read(taskId, 'b')).toEqual(record('b'));
    expect((await files.list(taskId)).map(({ config }) => config.id)).toEqual(['a', 'b']);
    const all: string[] = [];
    for await (const { config } of files.all()) all.push(config.id);
    expect(all).toEqual(['a', 'b']);
  });

  it('are for this user only', async () => {
    const { folder, files } = await pushFiles();
    await files.write(record());
    expect((await stat(join(folder, taskId, 'hook.json'))).mode & 0o777).toBe(0o600);
  });

  it('are encrypted where there is an envelope, and bound to their place', async () => {
    const folder = await temporaryFolder();
    const sealed: string[] = [];
    const magic = Buffer.from('CTE\u0001', 'latin1');
    const files = createPushFiles(folder, {
      seal: (plain, context) => {
        sealed.push(context);
        return Promise.resolve(
          Buffer.concat([magic, Buffer.alloc(64), Buffer.from(plain).map((byte) => byte ^ 255)]),
        );
      },
      open: (bytes) =>
        Promise.resolve(
          Buffer.from(bytes)
            .subarray(68)
            .map((byte) => byte ^ 255) as Buffer,
        ),
    });
    await files.write(record());
    expect(sealed).toEqual([`push:${taskId}/hook`]);
    expect(await readFile(join(folder, taskId, 'hook.json'), 'utf8')).not.toContain('top-secret');
    expect(await files.read(taskId, 'hook')).toEqual(record());
    await expect(createPushFiles(folder, null).read(taskId, 'hook')).rejects.toMatchObject({
      code: 'ERR_CODEC_OFF',
    });
  });

  it('go away with how they stand, and leave the others', async () => {
    const { folder, files } = await pushFiles();
    await files.write(record('a'));
    await files.write(record('ab'));
    const status = {
      state: 'done',
      delivered: 1,
      failures: 0,
      lastError: null,
      lastTryAt: null,
    } as const;
    for (const id of ['a', 'ab']) await files.writeStatus({ taskId, id, generation: 'g1' }, status);
    await files.remove(taskId, 'a');
    expect(await readdir(join(folder, taskId))).toEqual(['ab.json', 'ab~g1.status']);
    await files.remove(taskId, 'a');
  });

  it.each(['../x', '..', '', 'a/b', 'a\0b'])('have no name such as %j', async (name) => {
    const { files } = await pushFiles();
    expect(await files.read(taskId, name)).toBeUndefined();
    expect(await files.read(name, 'hook')).toBeUndefined();
    expect(await files.list(name)).toEqual([]);
    await files.remove(name, 'hook');
    await files.remove(taskId, name);
  });

  it('that are damaged are an error, and folders of others are none', async () => {
    const { folder, files } = await pushFiles();
    await mkdir(join(folder, taskId), { recursive: true });
    await writeFile(join(folder, taskId, 'hook.json'), '{');
    await expect(files.read(taskId, 'hook')).rejects.toThrow();
    await writeFile(join(folder, taskId, 'hook.json'), '{}');
    await expect(files.list(taskId)).rejects.toThrow();
    await chmod(join(folder, taskId, 'hook.json'), 0o600);
  });
});
