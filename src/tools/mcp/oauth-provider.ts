import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';

/** Where what OAuth gave is kept: in Vault, beside the access token itself. */
export interface OAuthStore {
  /** What was kept last; undefined = nobody has logged in. */
  read(): Promise<string | undefined>;
  /** Keeps it with the access token, which is the server's key from then on. */
  write(text: string, accessToken: string): Promise<void>;
}

const record = z.record(z.string(), z.unknown());

/** What a login leaves; the library's own shapes, which only grow. */
const keptSchema = z.object({
  tokens: record.optional(),
  client: record.optional(),
  discovery: record.optional(),
  redirectUrl: z.string().optional(),
});

type Kept = z.infer<typeof keptSchema>;

/** A person who logs in, at this moment. */
export interface OAuthLogin {
  /** Where the browser comes back to. */
  readonly redirectUrl: string;
  /** Ties the answer of the browser to this login. */
  readonly state: string;
  /** Where the person has to go. */
  readonly onRedirect: (url: URL) => void;
}

type Provider = OAuthClientProvider;
type Tokens = Awaited<ReturnType<Provider['tokens']>>;
type Client = Awaited<ReturnType<Provider['clientInformation']>>;
type Discovery = Awaited<ReturnType<NonNullable<Provider['discoveryState']>>>;

/**
 * What the protocol's library asks about OAuth of one server, answered out of Vault and written back there. Without `login` nobody can be
 * sent to a browser: what needs one throws `ERR_MCP_LOGIN`, at once where nobody has ever logged in.
 */
export async function createOAuthProvider(
  server: string,
  store: OAuthStore,
  login?: OAuthLogin,
): Promise<OAuthClientProvider> {
  let kept = parseKept(await store.read());
  if (login === undefined && kept.tokens === undefined) throw loginNeeded(server);
  let verifier: string | undefined;
  const redirectUrl = login?.redirectUrl ?? kept.redirectUrl;
  const keep = async (change: Partial<Kept>): Promise<void> => {
    kept = { ...kept, ...change };
    const token = kept.tokens?.['access_token'];
    if (typeof token === 'string') await store.write(JSON.stringify(kept), token);
  };
  return {
    redirectUrl,
    clientMetadata: {
      client_name: 'CodeTether',
      redirect_uris: redirectUrl === undefined ? [] : [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    ...(login === undefined ? {} : { state: () => login.state }),
    clientInformation: () => kept.client as Client,
    saveClientInformation: (client) => keep({ client: { ...client } }),
    tokens: () => kept.tokens as Tokens,
    saveTokens: (tokens) =>
      keep({ tokens: { ...tokens }, ...(redirectUrl === undefined ? {} : { redirectUrl }) }),
    discoveryState: () => kept.discovery as Discovery,
    saveDiscoveryState: (discovery) => keep({ discovery: { ...discovery } }),
    redirectToAuthorization: (url) => {
      if (login === undefined) throw loginNeeded(server);
      login.onRedirect(url);
    },
    saveCodeVerifier: (text) => {
      verifier = text;
    },
    codeVerifier: () => {
      if (verifier === undefined) throw loginNeeded(server);
      return verifier;
    },
    invalidateCredentials: (scope) => {
      // What Vault holds stays until a login replaces it: a server that errs must not log anybody out for good.
      if (scope === 'all' || scope === 'tokens') kept = { ...kept, tokens: undefined };
      if (scope === 'all' || scope === 'client') kept = { ...kept, client: undefined };
      if (scope === 'all' || scope === 'discovery') kept = { ...kept, discovery: undefined };
    },
  };
}

function parseKept(text: string | undefined): Kept {
  if (text === undefined) return {};
  try {
    return keptSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

function loginNeeded(server: string): InvalidInputError {
  return new InvalidInputError('ERR_MCP_LOGIN', {
    message: `MCP server ${server} wants somebody to log in: codetether auth login mcp/${server}`,
    hint: `codetether auth login mcp/${server}`,
  });
}
