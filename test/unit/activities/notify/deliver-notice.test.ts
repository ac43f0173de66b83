import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { deliverNotice } from '../../../../src/activities/notify/deliver-notice.js';
import type { NotifySettings } from '../../../../src/domain/index.js';
import { notice, notifySettings } from '../../../support/notice-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { webServer } from '../../../support/web-server.js';

async function deliver(settings: Partial<NotifySettings>, key = 'text', isFirst = true) {
  const folder = await temporaryFolder();
  const channels = {
    notify: notifySettings(settings),
    readKey: () => (key === '' ? Promise.reject(new Error('no such key')) : Promise.resolve(key)),
    folder,
    pausesMs: [1, 1],
  };
  return { folder, delivery: await deliverNotice(channels, { notice: notice(1), isFirst }) };
}

function headersOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

describe('a message that goes out', () => {
  it('is tried again under the same id, and gives a note instead of failing', async () => {
    const { url, seen } = await webServer((_post, response, count) =>
      response.writeHead(count < 3 ? 503 : 200).end(),
    );
    const flaky = await deliver({ webhook: url });
    expect(flaky.delivery).toMatchObject({ isSent: true, note: null });
    expect(new Set(seen.map(({ headers }) => headers['x-codetether-delivery'])).size).toBe(1);
    const broken = await webServer((_post, response) => response.writeHead(500).end());
    const { host } = new URL(broken.url);
    expect((await deliver({ webhook: broken.url })).delivery).toEqual({
      isSent: false,
      isRetryable: true,
      note: `the webhook at ${host} was not told: it answered with status 500`,
    });
    expect(broken.seen).toHaveLength(3);
    const gone = await webServer((_post, response) => response.writeHead(404).end());
    expect((await deliver({ webhook: gone.url })).delivery.isRetryable).toBe(false);
    expect(gone.seen).toHaveLength(1);
  });

  it.each([
    ['of text', 'a key of text'],
    ['of the specification', `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`],
  ])('is signed by a key %s as Standard Webhooks has it', async (_name, key) => {
    const { url, seen } = await webServer((_post, response) => response.end());
    await deliver({ webhook: url, isSigned: true }, key);
    const [post] = seen;
    const judge = key.startsWith('whsec_')
      ? new Webhook(key)
      : new Webhook(Buffer.from(key), { format: 'raw' });
    const { body = '', headers = {} } = post ?? {};
    expect(judge.verify(body, headersOf(headers))).toEqual(notice(1).body);
    expect(() => judge.verify(`${body} `, headersOf(headers))).toThrow(/signature/i);
  });

  it('is not sent unsigned where the key is missing', async () => {
    const { url, seen } = await webServer((_post, response) => response.end());
    const { delivery } = await deliver({ webhook: url, isSigned: true }, '');
    expect(delivery).toMatchObject({ isSent: false, isRetryable: true });
    expect(delivery.note).toContain('cannot be signed: no such key');
    expect(seen).toEqual([]);
  });

  it('goes to a command too, on its standard input, with the first try only', async () => {
    const script = 'cat > told.json; printf %s "$CODETETHER_NOTIFY_EVENT $0" > event.txt';
    const command = ['sh', '-c', script, '; rm -rf $HOME'];
    const { folder, delivery } = await deliver({ command });
    expect(delivery).toMatchObject({ isSent: true, note: null });
    expect(JSON.parse(await readFile(join(folder, 'told.json'), 'utf8'))).toEqual(notice(1).body);
    // an argument is never read by a shell
    expect(await readFile(join(folder, 'event.txt'), 'utf8')).toBe('end ; rm -rf $HOME');
    const again = await deliver({ command }, 'text', false);
    await expect(readFile(join(again.folder, 'told.json'))).rejects.toThrow('ENOENT');
  });

  it('has a note where the command ends badly or is not there', async () => {
    const bad = await deliver({ command: ['sh', '-c', 'exit 3'] });
    expect(bad.delivery).toMatchObject({ isSent: true, note: expect.stringContaining('exit 3') });
    const none = await deliver({ command: ['no-such-program-anywhere'] });
    expect(none.delivery.note).toMatch(/did not run: cannot start no-such-program-anywhere/);
  });
});
