import type { McpServer } from '../../domain/index.js';
import type { Sandbox } from '../../platform/index.js';
import type { OAuthStore } from './oauth-provider.js';

/** What servers send headers with, out of Vault. */
export interface McpSecret {
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What tools of MCP servers are built from; once per worker. */
export interface McpServices {
  /** Where the tokens of a server's login lie. Default: nowhere, so that nobody is logged in. */
  readonly oauthStore?: (server: string) => OAuthStore;
  readonly servers: readonly McpServer[];
  /** Absolute folder below which each server has a private home. */
  readonly folder: string;
  readonly sandbox: Sandbox;
  /** Folders that programs must not see, such as CODETETHER_HOME. */
  readonly masked: readonly string[];
  /** The secret of a server. Rejects with a typed error when there is none, and when Vault does not answer. */
  readonly readSecret: (server: string) => Promise<McpSecret>;
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** A server that is not asked anything for so long is stopped. Default ten minutes. */
  readonly idleMs?: number;
  /** Clock for tests. Default Date.now. */
  readonly now?: () => number;
}
