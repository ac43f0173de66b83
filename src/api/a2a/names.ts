/** Versions of the protocol, as they travel: major and minor alone. */
export type ProtocolVersion = '1.0' | '0.3';

/** Names the version of a request. */
export const VERSION_HEADER = 'A2A-Version';
/** Names the extensions that a client asks for, and those that were used. */
export const EXTENSIONS_HEADER = 'A2A-Extensions';
/** Media type of JSON-RPC. */
export const JSON_TYPE = 'application/json';
/** Media type of HTTP+JSON since v1.0.1. */
export const A2A_TYPE = 'application/a2a+json';

/** Below it: JSON-RPC itself, the v0.3 card of older clients and the routes of HTTP+JSON. */
export const RPC_PATH = '/a2a';
