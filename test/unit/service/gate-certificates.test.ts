import { readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificates } from '../../../src/service/gate-certificates.js';
import { clientTls, gateFiles, hasCertificates } from '../../../src/host/light/gate-files.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

async function madeFiles() {
  const files = gateFiles(await temporaryFolder());
  expect(hasCertificates(files)).toBe(false);
  await makeCertificates(files);
  expect(hasCertificates(files)).toBe(true);
  return files;
}

describe('makeCertificates', () => {
  it('lets a client in that shows the certificate of this home, and nobody else', async () => {
    const own = await madeFiles();
    const foreign = await madeFiles();
    const seen: boolean[] = [];
    const server = createServer(
      {
        key: readFileSync(own.serverKey),
        cert: readFileSync(own.serverCertificate),
        ca: readFileSync(own.authority),
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.3',
      },
      (socket: TLSSocket) => {
        seen.push(socket.authorized);
        socket.on('error', () => undefined);
        socket.end('in');
      },
    );
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const read = (options: object): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', servername: 'codetether', ...options });
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('error', () => resolve('refused'));
        socket.on('close', () => resolve(text === '' ? 'refused' : text));
      });
    const { serverRootCACertificate: ca, clientCertPair } = clientTls(own) as {
      serverRootCACertificate: Buffer;
      clientCertPair: { crt: Buffer; key: Buffer };
    };
    const stranger = {
      cert: readFileSync(foreign.clientCertificate),
      key: readFileSync(foreign.clientKey),
    };
    expect(await read({ ca, cert: clientCertPair.crt, key: clientCertPair.key })).toBe('in');
    expect(await read({ ca })).toBe('refused');
    expect(await read({ ca, ...stranger })).toBe('refused');
    // a client does not take a stranger for its server either
    expect(await read({ ca: readFileSync(foreign.authority), ...stranger })).toBe('refused');
    expect(seen).toEqual([true]);
  });

  it('writes keys that only the user can read', async () => {
    const files = await madeFiles();
    const { serverKey, clientKey, serverCertificate, clientCertificate, authority } = files;
    for (const path of [serverKey, clientKey, serverCertificate, clientCertificate, authority])
      expect(statSync(path).mode & 0o777, path).toBe(0o600);
  });
});
