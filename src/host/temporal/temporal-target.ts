import { existsSync } from 'node:fs';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { EnvironmentVariables } from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import { clientTls, gateFiles } from '../light/gate-files.js';
import { livingProcess } from '../status.js';
import { serviceFiles } from '../light/service-files.js';
import { readLaunch, readState, type Launch } from '../light/state.js';

/** How to reach Temporal. */
export interface TemporalTarget {
  readonly kind: 'embedded' | 'external';
  readonly address: string;
  readonly namespace: string;
  /** Ready for `Connection.connect` and `NativeConnection.connect`; may hold an API key, so never log it. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/**
 * The cluster that the environment or a Temporal profile names; null when they name none, and the embedded server is
 * used. Throws `ERR_TEMPORAL_CONFIG` for a configuration that would else be ignored silently.
 */
export function externalTarget(environment: EnvironmentVariables): TemporalTarget | null {
  const config = loadTemporalConfig(environment);
  const { address } = config.connectionOptions;
  if (address === undefined || address === '') {
    if ((environment['TEMPORAL_API_KEY'] ?? '') === '') return null;
    throw temporalConfigError(
      'TEMPORAL_API_KEY is set, but no address is: the key would not be used',
      {
        hint: 'set TEMPORAL_ADDRESS or TEMPORAL_PROFILE too, or unset TEMPORAL_API_KEY',
      },
    );
  }
  return {
    kind: 'external',
    address,
    namespace: config.namespace ?? 'default',
    connectionOptions: config.connectionOptions,
  };
}

/** The embedded server of a home on a loopback port, with the keys of its gate where it stands behind one. */
export function embeddedTarget(
  home: string,
  launch: Pick<Launch, 'temporal' | 'worker'>,
): TemporalTarget {
  const address = `127.0.0.1:${launch.temporal?.port ?? 0}`;
  const isolation = launch.temporal?.isolation ?? 'none';
  const tls = isolation === 'none' ? {} : { tls: clientTls(gateFiles(home)) };
  return {
    kind: 'embedded',
    address,
    namespace: launch.worker.namespace,
    connectionOptions: { address, ...tls },
  };
}

/** The embedded server of a home while it runs; null when it does not. */
export function runningTarget(home: string): TemporalTarget | null {
  const files = serviceFiles(home);
  const launch = readLaunch(files.launch);
  const server = livingProcess(readState(files.state), 'temporal');
  return launch === null || server === undefined ? null : embeddedTarget(home, launch);
}

/** Namespace that the environment names for the embedded server. */
export function embeddedNamespace(environment: EnvironmentVariables): string {
  const name = environment['TEMPORAL_NAMESPACE'];
  return name === undefined || name === '' ? 'default' : name;
}

function loadTemporalConfig(environment: EnvironmentVariables): ClientConnectConfig {
  const file = environment['TEMPORAL_CONFIG_FILE'];
  if (file !== undefined && file !== '' && !existsSync(file)) {
    throw temporalConfigError('TEMPORAL_CONFIG_FILE names a file that does not exist', { file });
  }
  const defined = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  try {
    return loadClientConnectConfig({
      configFileStrict: true,
      overrideEnvVars: Object.fromEntries(defined),
    });
  } catch (error) {
    throw temporalConfigError(error instanceof Error ? error.message : String(error), {
      file,
      cause: error,
    });
  }
}

function temporalConfigError(
  message: string,
  details: { readonly file?: string | undefined; readonly hint?: string; readonly cause?: unknown },
): InvalidInputError {
  return new InvalidInputError('ERR_TEMPORAL_CONFIG', {
    message: `Temporal configuration: ${message}`,
    where: details.file === undefined ? undefined : { file: details.file },
    hint:
      details.hint ??
      'correct the TEMPORAL_ variables or the profile, or unset them to use the embedded server',
    cause: details.cause,
  });
}
