import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { type Config } from '../../../../src/config/config.js';
import { assertModelReachable } from '../../../../src/runs/plan/reach-model.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const MODEL = { provider: 'local', model: 'x' };

async function configOf(local: Config['worker']['providers'][string]): Promise<Config> {
  const folder = await temporaryFolder();
  const config = await loadConfig({ project: folder, environment: { HOME: folder } });
  return { ...config, worker: { ...config.worker, providers: { local } } };
}

/** A server that takes connections and counts the bytes that arrive. */
async function listening() {
  let received = 0;
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  onTestFinished(close);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/v1`, bytes: () => received, close };
}

describe('assertModelReachable', () => {
  it('is content with a server that takes connections, and sends it nothing', async () => {
    const server = await listening();
    const config = await configOf({ baseUrl: server.url, auth: 'none' });
    await expect(assertModelReachable(MODEL, config, {})).resolves.toBeUndefined();
    expect(server.bytes()).toBe(0);
  });

  it('names the server that takes none', async () => {
    const server = await listening();
    await server.close();
    const config = await configOf({ baseUrl: server.url, auth: 'none' });
    await expect(assertModelReachable(MODEL, config, {})).rejects.toMatchObject({
      code: 'ERR_MODEL_UNREACHABLE',
      exitCode: 3,
      message: expect.stringContaining(server.url),
      where: { field: 'providers.local.base_url' },
    });
    await expect(
      assertModelReachable(MODEL, config, { HTTPS_PROXY: 'http://proxy:1' }),
    ).resolves.toBeUndefined();
  });

  it('asks for a Vault when the key can only come from there', async () => {
    const config = await configOf({ baseUrl: 'http://127.0.0.1:1/v1', auth: 'vault' });
    await expect(assertModelReachable(MODEL, config, {})).rejects.toMatchObject({
      code: 'ERR_VAULT_NOT_CONFIGURED',
      exitCode: 2,
    });
  });

  it('needs nothing for recorded replies', async () => {
    const config = await configOf({ wire: 'replay', auth: 'vault' });
    await expect(assertModelReachable(MODEL, config, {})).resolves.toBeUndefined();
  });
});
