import { InvalidInputError, mcpSecretName } from '../../domain/index.js';
import type { CommandContext } from '../context.js';
import { startLocalVault } from './vault-service.js';

/** Options of `auth login`. */
export interface AuthLoginOptions {
  readonly scope?: string;
  readonly json?: boolean;
}

/** Logs in to an MCP server with a browser; the tokens go to Vault and nowhere else. */
export async function login(
  name: string,
  options: AuthLoginOptions,
  context: CommandContext,
): Promise<void> {
  const { config, output } = context;
  const server = config.worker.mcp.find((one) => mcpSecretName(one.name) === name);
  if (server?.transport.kind !== 'http' || server.transport.auth !== 'oauth')
    throw new InvalidInputError('ERR_MCP_LOGIN', {
      message: 'there is no MCP server of that name to log in to',
      where: { field: 'server' },
      hint: 'describe it as [mcp.servers.NAME] with url and auth = "oauth", then: codetether auth login mcp/NAME',
    });
  const { url } = server.transport;
  const { requestLocalVault, secretPlace, withSecrets } = await import('../../keys/index.js');
  const { loginToServer } = await import('../../mcp/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  if (secretPlace(config) === 'none') await requestLocalVault(config);
  await startLocalVault(context);
  const path = await withSecrets(config, processEnvironment(), async (secrets) => {
    let stored = '';
    await loginToServer({
      server: server.name,
      url,
      onRedirect: (address) => output.note(`open this address in a browser to log in:\n${address}`),
      ...(options.scope === undefined ? {} : { scope: options.scope }),
      store: {
        read: async () => undefined,
        write: async (text, accessToken) => {
          stored = await secrets.storeProviderSecret(name, { api_key: accessToken, oauth: text });
        },
      },
    });
    return stored;
  });
  if (options.json === true) output.document({ server: server.name, path, status: 'logged_in' });
  else output.result(`logged in to ${server.name}; its tokens are stored at ${path}`);
}
