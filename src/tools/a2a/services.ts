import type { RemoteAgent } from '../../domain/index.js';
import type { Fetch } from './agent-fetch.js';

/** What the tool for agents elsewhere is built from; once per worker. */
export interface RemoteAgentServices {
  readonly agents: readonly RemoteAgent[];
  /** The token of an agent, out of Vault. Rejects with a typed error when there is none, and when Vault does not answer. */
  readonly readToken: (agent: string) => Promise<string>;
  readonly fetch: Fetch;
  /** Between the first looks at a task. Default one second. */
  readonly pauseMs?: number;
}
