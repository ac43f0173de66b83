/**
 * Questions in plain words over the sources of undici 7.30.2 (`node_modules/undici/lib`), and the files of which one answers each.
 * Written from what the library does, before any search was tried.
 */
const ROWS = [
  [
    'where is it decided how long to wait before a failed request is sent again',
    ['handler/retry-handler.js'],
  ],
  [
    'follow a server that says the resource has moved, and drop credentials for another host',
    ['handler/redirect-handler.js', 'web/fetch/index.js'],
  ],
  [
    'choose the next server in turn among several addresses',
    ['dispatcher/round-robin-pool.js', 'dispatcher/balanced-pool.js'],
  ],
  ['give a slower backend less traffic by lowering its weight', ['dispatcher/balanced-pool.js']],
  [
    'read the answer of a server in the old protocol with a WebAssembly parser',
    ['dispatcher/client-h1.js'],
  ],
  [
    'send a request over a multiplexed stream of the newer protocol version',
    ['dispatcher/client-h2.js'],
  ],
  [
    'which names of the environment tell that a host is reached without a proxy',
    ['dispatcher/env-http-proxy-agent.js'],
  ],
  ['open a tunnel through a proxy with the CONNECT verb', ['dispatcher/proxy-agent.js']],
  ['handshake with user name and password of a SOCKS proxy', ['core/socks5-client.js']],
  ['remember TLS sessions so that a later connection starts faster', ['core/connect.js']],
  [
    'throw when the other side takes too long to send its headers',
    ['core/errors.js', 'dispatcher/client-h1.js', 'dispatcher/client-h2.js'],
  ],
  ['a cheap clock with low precision for many timeouts', ['util/timers.js']],
  ['ring buffer that queues pending work without shifting an array', ['dispatcher/fixed-queue.js']],
  ['look up header names quickly in a search tree', ['core/tree.js']],
  [
    'is a stored response still fresh enough to be used',
    ['interceptor/cache.js', 'handler/cache-handler.js', 'util/cache.js'],
  ],
  ['keep responses in a database file', ['cache/sqlite-cache-store.js']],
  ['throw away the oldest stored responses when memory is full', ['cache/memory-cache-store.js']],
  ['understand the directives that say for how long something may be stored', ['util/cache.js']],
  [
    'ask the server whether a stored response has changed',
    ['handler/cache-revalidation-handler.js', 'interceptor/cache.js'],
  ],
  [
    'answer requests in tests without a network',
    ['mock/mock-agent.js', 'mock/mock-utils.js', 'mock/mock-interceptor.js'],
  ],
  [
    'record real traffic to a file and play it back',
    ['mock/snapshot-recorder.js', 'mock/snapshot-agent.js'],
  ],
  ['unpack a compressed body as it arrives', ['interceptor/decompress.js', 'web/fetch/index.js']],
  ['try the IPv6 and the IPv4 address of a host in turn', ['interceptor/dns.js']],
  [
    'send the same request only once when many callers ask at the same time',
    ['interceptor/deduplicate.js', 'handler/deduplication-handler.js'],
  ],
  ['split a multipart upload into its fields', ['web/fetch/formdata-parser.js']],
  [
    'check a downloaded script against the hash that the page gives',
    ['web/subresource-integrity/subresource-integrity.js'],
  ],
  ['mask the payload of a frame with random bytes before it is sent', ['web/websocket/frame.js']],
  ['put the pieces of a fragmented message of a socket together', ['web/websocket/receiver.js']],
  [
    'reconnect to a stream of server sent events with the last id',
    ['web/eventsource/eventsource.js'],
  ],
  ['turn a Set-Cookie line into its name, value and attributes', ['web/cookies/parse.js']],
];

/** Each with the files of which one answers it. */
export const QUESTIONS = ROWS.map(([question, files]) => ({
  question: String(question),
  right: [files].flat(),
}));
