import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import type { McpServer } from '../../domain/index.js';
import type { McpSecret, McpServices } from './services.js';

type HttpServer = McpServer['transport'] & { readonly kind: 'http' };

/** Bytes of one response, decompressed; streams of notices are cut there too, and asked for again. */
const MAX_RESPONSE = 16 * 1024 * 1024;
/** A stream that breaks is asked for again so often. */
const RETRIES = 2;

/** A transport to a server over http; its headers are those of the secret. */
export async function createHttpTransport(
  server: HttpServer,
  {
    fetch,
    secret,
    authProvider,
  }: Pick<McpServices, 'fetch'> & {
    readonly secret: McpSecret | undefined;
    readonly authProvider?: OAuthClientProvider | undefined;
  },
) {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const headers =
    secret === undefined ? {} : { authorization: `Bearer ${secret.token}`, ...secret.headers };
  return new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers },
    ...(authProvider === undefined ? {} : { authProvider }),
    fetch: boundedFetch(fetch, MAX_RESPONSE),
    onInsufficientScope: 'throw',
    reconnectionOptions: {
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 30_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: RETRIES,
    },
  });
}

/** The same fetch, of whose answers no more than `maxBytes` are read: what is longer ends in an error. */
export function boundedFetch(fetch: McpServices['fetch'], maxBytes: number): McpServices['fetch'] {
  return async (url, init) => {
    const answer = await fetch(url, init);
    if (answer.body === null) return answer;
    let bytes = 0;
    const bounded = answer.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.length;
          if (bytes <= maxBytes) controller.enqueue(chunk);
          else controller.error(new Error(`the answer has more than ${maxBytes} bytes`));
        },
      }),
    );
    return new Response(bounded, {
      status: answer.status,
      statusText: answer.statusText,
      headers: answer.headers,
    });
  };
}
