/** The proxies of this machine, as the usual variables name them; an empty text = none. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  /** Comma-separated hosts that are asked directly. */
  readonly noProxy: string;
}

/** The subset of `fetch` that clients need. */
export type ProxiedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** No proxy reaches this machine's own servers. */
const DIRECT = 'localhost,127.0.0.1,::1';

/** A fetch through these proxies; null = directly. */
export function fetchThrough(settings: ProxySettings | null): ProxiedFetch {
  return settings === null ? globalThis.fetch : createProxyFetch(settings);
}

/**
 * A fetch through the proxies of the environment, by `CONNECT` tunnels (for http too). Private CAs are Node's own matter
 * (`NODE_EXTRA_CA_CERTS`). The client library is loaded with the first request.
 */
export function createProxyFetch(settings: ProxySettings): ProxiedFetch {
  let loaded: Promise<ProxiedFetch> | undefined;
  return async (input, init) => {
    loaded ??= openProxyFetch(settings);
    return (await loaded)(input, init);
  };
}

async function openProxyFetch({
  httpProxy,
  httpsProxy,
  noProxy,
}: ProxySettings): Promise<ProxiedFetch> {
  const { EnvHttpProxyAgent, fetch: proxiedFetch } = await import('undici');
  // Every value is given: the agent would else read the environment itself.
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy,
    httpsProxy: httpsProxy === '' ? httpProxy : httpsProxy,
    noProxy: noProxy === '' ? DIRECT : `${noProxy},${DIRECT}`,
  });
  return async (input, init) => {
    const url = input instanceof Request ? input.url : input;
    const answer = await proxiedFetch(url, {
      method: init?.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? init.body : null,
      signal: init?.signal ?? null,
      redirect: init?.redirect ?? 'follow',
      dispatcher,
    });
    // The library's own Response and Headers are of other classes than the global ones.
    const stream: ReadableStream | null = answer.body;
    return new Response(isEmpty(answer.status) ? null : stream, {
      status: answer.status,
      statusText: answer.statusText,
      headers: Object.fromEntries(answer.headers),
    });
  };
}

function isEmpty(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
