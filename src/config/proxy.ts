import type { EnvironmentVariables } from './light/environment.js';

/** The proxies that the environment names; an empty text = none. */
export interface EnvironmentProxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** Proxies for calls of models, or null when none is named. Lower-case names win, as with curl. They may hold a password: never serialised. */
export function environmentProxies(environment: EnvironmentVariables): EnvironmentProxies | null {
  const httpProxy = firstOf(environment['http_proxy'], environment['HTTP_PROXY']);
  const httpsProxy = firstOf(environment['https_proxy'], environment['HTTPS_PROXY']);
  if (httpProxy === '' && httpsProxy === '') return null;
  return {
    httpProxy,
    httpsProxy,
    noProxy: firstOf(environment['no_proxy'], environment['NO_PROXY']),
  };
}

function firstOf(...values: readonly (string | undefined)[]): string {
  return values.find((value) => value !== undefined && value !== '') ?? '';
}
