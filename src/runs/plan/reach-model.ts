import { connect } from 'node:net';
import { assertKey } from '../../keys/index.js';
import type { Config, EnvironmentVariables } from '../../config/index.js';
import {
  formatModelReference,
  InfrastructureError,
  resolveProviderEntry,
  type ModelReference,
} from '../../domain/index.js';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Makes sure before the run that its model can be called at all: Vault holds a key, and the server takes connections.
 * Sends the model no request. Throws `ERR_MODEL_UNREACHABLE` (exit 3), and what {@link assertKey} throws.
 */
export async function assertModelReachable(
  model: ModelReference,
  config: Config,
  environment: EnvironmentVariables,
): Promise<void> {
  const entry = resolveProviderEntry(model, config.worker.providers);
  if (entry.wire === 'replay') return;
  const stored =
    entry.auth === 'vault' ? await assertKey(model.provider, config, environment) : null;
  const baseUrl = config.worker.providers[model.provider]?.baseUrl ?? stored ?? entry.baseUrl;
  const isProxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some(
    (name) => (environment[name] ?? '') !== '',
  );
  if (baseUrl === null || isProxied) return;
  const problem = await connectionProblem(new URL(baseUrl));
  if (problem === undefined) return;
  throw new InfrastructureError('ERR_MODEL_UNREACHABLE', {
    message: `the server of ${formatModelReference(model)} at ${baseUrl} takes no connection: ${problem}`,
    where: { field: `providers.${model.provider}.base_url` },
    hint: 'start the server or correct base_url, then run the same command again',
  });
}

function connectionProblem(url: URL): Promise<string | undefined> {
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => end(`no answer in ${CONNECT_TIMEOUT_MS / 1000} s`));
    socket.once('connect', () => end(undefined));
    socket.once('error', (error) =>
      end(error.message === '' ? 'connection refused' : error.message),
    );
  });
}
