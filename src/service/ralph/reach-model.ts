import { connect } from 'node:net';
import type { Config, EnvironmentVariables } from '../../config/index.js';
import {
  formatModelReference,
  InfrastructureError,
  InvalidInputError,
  resolveProviderEntry,
  type ModelReference,
} from '../../domain/index.js';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Makes sure before the run that its model can be called at all: a key can come from somewhere, and the server takes
 * connections. Sends no request. Throws `ERR_VAULT_NOT_CONFIGURED` (exit 2), `ERR_MODEL_UNREACHABLE` (exit 3).
 */
export async function assertModelReachable(
  model: ModelReference,
  config: Config,
  environment: EnvironmentVariables,
): Promise<void> {
  const entry = resolveProviderEntry(model, config.worker.providers);
  if (entry.wire === 'replay') return;
  if (entry.auth === 'vault' && config.worker.vault.address === null) {
    throw new InvalidInputError('ERR_VAULT_NOT_CONFIGURED', {
      message: `the key of ${model.provider} can only come from Vault, and VAULT_ADDR is not set`,
      where: { field: 'model' },
      hint: 'set VAULT_ADDR and VAULT_TOKEN, or use a provider with auth = "none", for example a local server',
    });
  }
  const isProxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some(
    (name) => (environment[name] ?? '') !== '',
  );
  if (entry.baseUrl === null || isProxied) return;
  const problem = await connectionProblem(new URL(entry.baseUrl));
  if (problem === undefined) return;
  throw new InfrastructureError('ERR_MODEL_UNREACHABLE', {
    message: `the server of ${formatModelReference(model)} at ${entry.baseUrl} takes no connection: ${problem}`,
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
