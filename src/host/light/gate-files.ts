import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { shortSocketPath } from './service-files.js';

/** Name in both certificates; nothing resolves it. */
export const GATE_NAME = 'codetether';

/** Files of the gate before the embedded server; only the user can read them, and sandboxes do not show them. */
export interface GateFiles {
  readonly folder: string;
  /** Certificate of the authority; it exists once all the others do. */
  readonly authority: string;
  readonly serverKey: string;
  readonly serverCertificate: string;
  readonly clientKey: string;
  readonly clientCertificate: string;
  /** Unix socket of Temporal's web interface. */
  readonly uiSocket: string;
  /** Unix socket that a living supervisor holds. */
  readonly holdSocket: string;
}

/** The files below `CODETETHER_HOME/temporal/gate`. */
export function gateFiles(home: string): GateFiles {
  const folder = join(home, 'temporal', 'gate');
  return {
    folder,
    authority: join(folder, 'authority.pem'),
    serverKey: join(folder, 'server-key.pem'),
    serverCertificate: join(folder, 'server.pem'),
    clientKey: join(folder, 'client-key.pem'),
    clientCertificate: join(folder, 'client.pem'),
    uiSocket: shortSocketPath(join(folder, 'ui.sock')),
    holdSocket: shortSocketPath(join(folder, 'hold.sock')),
  };
}

/** True when the keys were made. */
export function hasCertificates(files: GateFiles): boolean {
  return existsSync(files.authority);
}

/** How a client of this home shows that it is one; for every connection of the SDK. */
export function clientTls(
  files: GateFiles,
): NonNullable<ClientConnectConfig['connectionOptions']['tls']> {
  return {
    serverNameOverride: GATE_NAME,
    serverRootCACertificate: readFileSync(files.authority),
    clientCertPair: {
      crt: readFileSync(files.clientCertificate),
      key: readFileSync(files.clientKey),
    },
  };
}
