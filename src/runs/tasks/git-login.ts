import type { WorkerSettings } from '../../config/index.js';
import { CodetetherError, gitSecretName, InvalidInputError } from '../../domain/index.js';
import { rememberSecret } from '../../observability/index.js';

/** What git is run with to log in at one server. */
export interface GitLogin {
  /** Name of the credential in the configuration; null = nobody logs in. */
  readonly name: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: readonly string[];
}

/**
 * The login for an address. Throws InvalidInputError `ERR_TASK_GIT_CREDENTIAL` with the path in Vault where there is none, and what reading
 * it throws: a Vault that is away is waited for.
 */
export type GitLogins = (url: string) => Promise<GitLogin>;

/** Where one is configured, and how its token is read. */
export interface GitLoginOptions {
  readonly credentials: WorkerSettings['tasks']['gitCredentials'];
  /** The token under a name in Vault. */
  readonly readToken: (secretName: string) => Promise<string>;
}

const NOBODY: GitLogin = { name: null, env: {}, settings: ['credential.helper='] };
const USERNAME = 'CODETETHER_GIT_USERNAME';
const PASSWORD = 'CODETETHER_GIT_PASSWORD';
/** A shell function: git puts the name of the action behind it. What it says comes from its environment, which nobody else sees. */
const HELPER = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$${USERNAME}" "$${PASSWORD}"; }; f`;

/**
 * Logins of the service at servers of git. Tokens lie in Vault and reach git through a credential helper that reads them from the environment
 * of that one command: never an argument, an address, a file or a log. git asks the helper for that server alone.
 */
export function gitLogins({ credentials, readToken }: GitLoginOptions): GitLogins {
  return async (address) => {
    const url = new URL(address);
    const credential = credentials.find(({ host }) => isOf(host, url));
    if (credential === undefined) return NOBODY;
    const { name, username } = credential;
    const token = await tokenOf(name, url, readToken);
    rememberSecret(gitSecretName(name), token);
    return {
      name,
      env: { [USERNAME]: username, [PASSWORD]: token },
      settings: ['credential.helper=', `credential.${url.origin}.helper=${HELPER}`],
    };
  };
}

/** `host` or `host:port`; a port that is not named is the protocol's own. */
function isOf(known: string, { hostname, host, port }: URL): boolean {
  return host === known || (port !== '' && `${hostname}:${port}` === known);
}

async function tokenOf(
  name: string,
  url: URL,
  readToken: GitLoginOptions['readToken'],
): Promise<string> {
  let token: string;
  try {
    token = await readToken(gitSecretName(name));
  } catch (error) {
    const isMissing = error instanceof CodetetherError && error.code === 'ERR_SECRET_MISSING';
    if (!isMissing) throw error;
    throw unusable(
      name,
      `Vault holds no token for ${url.host} at ${error.where?.file ?? 'its path'}`,
    );
  }
  // it ends at a line end, and so does what git is told
  if (token === '' || /[\r\n\0]/.test(token))
    throw unusable(name, `the token for ${url.host} in Vault is empty or has line ends`);
  return token;
}

/** The server does not take what Vault holds. */
export function loginRefused(name: string, url: string, cause: unknown): InvalidInputError {
  return unusable(
    name,
    `${new URL(url).host} does not take the token ${gitSecretName(name)}`,
    cause,
  );
}

function unusable(name: string, message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError('ERR_TASK_GIT_CREDENTIAL', {
    message,
    where: { field: 'git_url' },
    hint: `whoever runs this service stores it: codetether auth set ${gitSecretName(name)}`,
    cause,
  });
}
