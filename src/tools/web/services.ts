import type { WebRules } from '../../platform/index.js';
import type { SearchEngineName } from './search-engines.js';

/** The engine that the person's configuration names. */
export interface WebSearch {
  readonly engine: SearchEngineName;
  /** Its address; null = the usual one. */
  readonly baseUrl: string | null;
  /** Its key, out of Vault. Rejects with a typed error when there is none. */
  readonly readKey: () => Promise<string>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** What of the web agents may have; what is not there is not offered. */
export interface WebServices {
  readonly rules: WebRules;
  readonly search: WebSearch | undefined;
}
