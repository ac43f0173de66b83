import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageOf } from '../../../../src/cli/a2a/message.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'a2a-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('a message of the command line', () => {
  it('says a text, with what the agent is to do and where', async () => {
    const message = await messageOf('Fix it', {
      skill: 'code',
      gitUrl: 'https://git.example/shop.git',
      gitRef: 'main',
      model: 'openai/gpt-5',
      context: 'c',
      task: 't',
    });
    expect(message).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      parts: [{ kind: 'text', text: 'Fix it' }],
      taskId: 't',
      contextId: 'c',
      metadata: {
        skill: 'code',
        git_url: 'https://git.example/shop.git',
        ref: 'main',
        model: 'openai/gpt-5',
      },
    });
  });

  it('carries files: JSON as data, everything else as bytes', async () => {
    const prd = await file('prd.json', '{"stories": []}');
    const log = await file('app.log', Buffer.from([0, 255]));
    const notes = await file('notes.md', '# hi');
    expect((await messageOf(undefined, { file: [prd, log, notes] })).parts).toEqual([
      { kind: 'data', data: { stories: [] }, name: 'prd.json', mediaType: 'application/json' },
      { kind: 'file', bytes: 'AP8=', name: 'app.log', mediaType: 'application/octet-stream' },
      { kind: 'file', bytes: 'IyBoaQ==', name: 'notes.md', mediaType: 'text/markdown' },
    ]);
  });

  it('has an id of its own each time', async () => {
    const [first, second] = [await messageOf('a', {}), await messageOf('a', {})];
    expect(first.messageId).not.toBe(second.messageId);
  });

  it.each([
    ['  ', {}, 'there is nothing to send'],
    ['x', { workspace: 'shop', gitUrl: 'https://a' }, 'a task has one place'],
    ['x', { gitRef: 'main' }, '--git-ref is a branch or commit of --git-url'],
  ])('is refused: %j with %j', async (text, options, message) => {
    await expect(messageOf(text, options)).rejects.toMatchObject({
      code: 'ERR_A2A_MESSAGE',
      message,
      exitCode: 2,
    });
  });

  it('is refused with JSON that is none', async () => {
    const path = await file('prd.json', '{');
    await expect(messageOf('x', { file: [path] })).rejects.toMatchObject({
      code: 'ERR_A2A_MESSAGE',
      where: { file: path },
    });
  });

  it('is refused with files that are too large together, and with one that is none', async () => {
    const half = await file('half.bin', Buffer.alloc(4 * 1024 * 1024));
    await expect(messageOf('x', { file: [half, half] })).rejects.toThrow(/more than 7340032 bytes/);
    await expect(messageOf('x', { file: [folder] })).rejects.toMatchObject({
      code: 'ERR_FILE_UNSUITABLE',
    });
    await expect(messageOf('x', { file: [join(folder, 'none')] })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
