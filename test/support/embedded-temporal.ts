import { Connection } from '@temporalio/client';
import { gateFiles } from '../../src/host/light/gate-files.js';
import { runningTarget } from '../../src/host/temporal/temporal-target.js';

/** A connection to the running embedded server of a home, with the keys of its gate. */
export async function connectEmbedded(home: string): Promise<Connection> {
  const target = runningTarget(home);
  if (target === null) throw new Error(`no embedded server runs for ${home}`);
  return Connection.connect(target.connectionOptions);
}

/** Arguments with which the `temporal` program reaches the embedded server of a home. */
export function temporalCliArguments(home: string): string[] {
  const target = runningTarget(home);
  if (target === null) throw new Error(`no embedded server runs for ${home}`);
  const files = gateFiles(home);
  return [
    `--address=${target.address}`,
    `--tls-ca-path=${files.authority}`,
    `--tls-cert-path=${files.clientCertificate}`,
    `--tls-key-path=${files.clientKey}`,
    '--tls-server-name=codetether',
  ];
}
