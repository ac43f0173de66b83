import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskFiles } from '../../../../src/platform/records/task-files.js';
import { createEnvelope } from '../../../../src/platform/codec/envelope.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';
import { taskRequest } from '../../../support/task-requests.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'codetether-tasks-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const KEY = 'a'.repeat(64);
const DAY = 86_400_000;
const id = (last: string): string => `01kb7w8z9qhsd5m3t6x4yv2r0${last}`;
const wanted = (last: string, at = '2026-11-29T09:00:00.000Z') => ({
  taskId: id(last),
  digest: 'd',
  at,
});

describe('the key of a message', () => {
  it('gives all of many at once the one that came first', async () => {
    const names = Array.from({ length: 20 }, (_, index) => '0123456789abcdefghjk'.charAt(index));
    const given = await Promise.all(
      names.map((last) => createTaskFiles(home, null).reserve(KEY, wanted(last), DAY)),
    );
    expect(new Set(given.map(({ taskId }) => taskId)).size).toBe(1);
    const later = await createTaskFiles(home, null).reserve(KEY, wanted('z'), DAY);
    expect(later).toEqual(given[0]);
    expect(readdirSync(join(home, 'tasks', '.keys'))).toEqual([KEY]);
  });

  it('is free again after a day', async () => {
    const files = createTaskFiles(home, null);
    await files.reserve(KEY, wanted('0'), DAY);
    const next = wanted('1', '2026-11-30T09:00:00.000Z');
    expect(await files.reserve(KEY, next, DAY)).toEqual(next);
  });

  it('is free again when its file is damaged', async () => {
    const files = createTaskFiles(home, null);
    await files.reserve(KEY, wanted('0'), DAY);
    writeFileSync(join(home, 'tasks', '.keys', KEY), '{');
    expect((await files.reserve(KEY, wanted('1'), DAY)).taskId).toBe(id('1'));
  });

  it.each(['../x', '', 'A'.repeat(64)])('is no path: %j', async (key) => {
    await expect(createTaskFiles(home, null).reserve(key, wanted('0'), DAY)).rejects.toMatchObject({
      code: 'ERR_TASK_FILE_INVALID',
    });
  });
});

describe('the files of tasks', () => {
  it('give back what was written, for its owner only on disk', async () => {
    const files = createTaskFiles(home, null);
    const request = taskRequest();
    await files.writeRequest(request);
    expect(await files.readRequest(request.taskId)).toEqual(request);
    const path = join(files.folder(request.taskId), 'request.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await files.writeArtifact(request.taskId, 'patch', '+ok');
    expect(await files.readArtifact(request.taskId, 'patch')).toBe('+ok');
  });

  it('know the tasks of a context of one owner, and all of them newest first', async () => {
    const files = createTaskFiles(home, null);
    await files.writeRequest(taskRequest({ taskId: id('0') }));
    await files.writeRequest(taskRequest({ taskId: id('1'), owner: 'other' }));
    await files.writeRequest(taskRequest({ taskId: id('2'), contextId: 'context-2' }));
    expect(await files.context('me', 'context-1')).toEqual([id('0')]);
    expect(await files.context('nobody', 'context-1')).toEqual([]);
    expect(await files.list()).toEqual([id('2'), id('1'), id('0')]);
  });

  it('are nothing where nothing was written, and names from outside are no paths', async () => {
    const files = createTaskFiles(home, null);
    expect(await files.readRequest(id('0'))).toBeUndefined();
    expect(await files.readRequest('../../etc')).toBeUndefined();
    expect(await files.readEnd(id('0'))).toBeUndefined();
    expect(await files.readArtifact(id('0'), '../request.json')).toBeUndefined();
    expect(await files.list()).toEqual([]);
    await expect(files.writeArtifact(id('0'), '../x', '')).rejects.toMatchObject({
      code: 'ERR_TASK_FILE_INVALID',
    });
  });

  it('are sealed with an envelope, each bound to its place', async () => {
    const files = createTaskFiles(home, createEnvelope(fakeDataKeys()));
    const request = taskRequest();
    await files.writeRequest(request);
    await files.writeArtifact(request.taskId, 'patch', 'a secret plan');
    const folder = files.folder(request.taskId);
    expect(readFileSync(join(folder, 'request.json')).includes('Write a file')).toBe(false);
    expect(await files.readRequest(request.taskId)).toEqual(request);
    expect(await files.readArtifact(request.taskId, 'patch')).toBe('a secret plan');
    await expect(createTaskFiles(home, null).readRequest(request.taskId)).rejects.toMatchObject({
      code: 'ERR_CODEC_OFF',
    });
    writeFileSync(join(folder, 'end.json'), readFileSync(join(folder, 'request.json')));
    await expect(files.readEnd(request.taskId)).rejects.toThrow();
  });

  it('are those of their own task alone', async () => {
    const files = createTaskFiles(home, null);
    await files.writeRequest(taskRequest());
    await files.writeRequest(taskRequest({ taskId: id('1'), owner: 'victim' }));
    const foreign = readFileSync(join(files.folder(id('1')), 'request.json'));
    writeFileSync(join(files.folder(taskRequest().taskId), 'request.json'), foreign);
    await expect(files.readRequest(taskRequest().taskId)).rejects.toMatchObject({
      code: 'ERR_TASK_FILE_INVALID',
    });
  });

  it.each(['{', '{"version":1}', '[]'])('say which of them cannot be read: %s', async (text) => {
    const files = createTaskFiles(home, null);
    await files.writeRequest(taskRequest());
    const file = join(files.folder(taskRequest().taskId), 'request.json');
    writeFileSync(file, text);
    await expect(files.readRequest(taskRequest().taskId)).rejects.toMatchObject({
      code: 'ERR_TASK_FILE_INVALID',
      where: { file },
    });
  });
});
