import {
  environmentProxies,
  processEnvironment,
  type Config,
  type EnvironmentVariables,
} from '../config/index.js';
import {
  a2aSecretName,
  InvalidInputError,
  isWebhookAddress,
  type RemoteAgent,
} from '../domain/index.js';
import { serveToken, serviceStatus } from '../host/index.js';
import { withSecrets } from '../keys/index.js';
import { fetchThrough, type VaultSecrets } from '../platform/index.js';
import { connectAgent, type AgentConnection, type AgentTransport } from '../tools/index.js';

/** Which agent is asked, and how. */
export interface AgentTarget {
  /** Name of a `[a2a.agents.NAME]` of the configuration, or an address. */
  readonly agent: string;
  readonly transport?: AgentTransport | undefined;
  readonly signal: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Reaches an agent. Its token comes from Vault, where the configuration names an agent of that name, or one on the same server. Throws
 * InvalidInputError `ERR_A2A_UNKNOWN`, and what the connection throws: `ERR_A2A_AGENT` (exit 3), `ERR_A2A_REFUSED` (exit 2).
 */
export async function reachAgent(
  config: Config,
  { agent: wanted, transport, signal }: AgentTarget,
  environment: EnvironmentVariables = processEnvironment(),
): Promise<AgentConnection> {
  const { a2a: agents } = config.worker;
  const named = agents.find(({ name }) => name === wanted);
  const url = named?.url ?? addressOf(wanted, config);
  const known = named ?? agents.find((one) => new URL(one.url).origin === new URL(url).origin);
  return connectAgent(
    {
      name: wanted,
      url,
      token: await tokenOf({ agent: known, url }, config, environment),
      fetch: fetchThrough(environmentProxies(environment)),
      transport: transport ?? named?.transport ?? undefined,
      timeoutMs: known?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    },
    signal,
  );
}

async function tokenOf(
  { agent, url }: { readonly agent: RemoteAgent | undefined; readonly url: string },
  config: Config,
  environment: EnvironmentVariables,
): Promise<string | undefined> {
  if (agent?.auth !== 'vault')
    return isOwnService(url, config) ? serveToken(config.home) : undefined;
  const read = (secrets: VaultSecrets) => secrets.readProviderSecret(a2aSecretName(agent.name));
  return (await withSecrets(config, environment, read)).apiKey;
}

/** True for the address at which the service of this home takes tasks: a process that we started listens there. */
function isOwnService(url: string, { home }: Config): boolean {
  const { protocol, hostname, port } = new URL(url);
  // By a name another user's process could answer, at the other loopback address.
  const isHere = protocol === 'http:' && hostname === '127.0.0.1';
  const worker = serviceStatus(home).processes.find(({ role }) => role === 'worker');
  return isHere && worker !== undefined && port === String(worker.port);
}

function addressOf(wanted: string, { worker: { a2a }, userFile }: Config): string {
  if (URL.canParse(wanted) && isWebhookAddress(wanted)) return wanted;
  const isPlain = URL.canParse(wanted) && new URL(wanted).protocol === 'http:';
  const known = a2a.map(({ name }) => name);
  throw new InvalidInputError('ERR_A2A_UNKNOWN', {
    message: isPlain
      ? 'an agent is reached by https; http is for this machine only'
      : 'this is neither an agent of the configuration nor an address',
    where: { field: 'agent' },
    hint:
      known.length === 0
        ? `give an address, for example http://127.0.0.1:4096, or describe the agent as [a2a.agents.NAME] in ${userFile}`
        : `agents are ${known.join(', ')}; an address begins with https://`,
  });
}
