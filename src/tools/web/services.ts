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

/** What the configuration says of the web. */
export interface WebSettings extends WebRules {
  /** Engine of searches; null = none. */
  readonly search: SearchEngineName | null;
  readonly searchUrl: string | null;
}

/** The services that the configuration asks for; `readKey` gives the key of its engine. */
export function webServices(
  { allow, allowPrivate, search, searchUrl }: WebSettings,
  {
    readKey,
    fetch,
  }: { readonly readKey: (engine: string) => Promise<string>; readonly fetch: WebSearch['fetch'] },
): WebServices {
  if (search === null) return { rules: { allow, allowPrivate }, search: undefined };
  return {
    rules: { allow, allowPrivate },
    search: { engine: search, baseUrl: searchUrl, readKey: () => readKey(search), fetch },
  };
}
