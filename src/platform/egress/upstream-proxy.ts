import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { Socket } from 'node:net';
import type { Destination } from './allow-list.js';

const CONNECT_MS = 30_000;

/** The proxy by which this host reaches others. Only the name is checked then: the proxy resolves it. */
export interface UpstreamProxy {
  readonly url: URL;
}

/** A tunnel through the host's own proxy; undefined when that refuses or cannot be reached. */
export function connectThrough(
  { url }: UpstreamProxy,
  { host, port }: Destination,
): Promise<Socket | undefined> {
  const target = `${host}:${port}`;
  const send = url.protocol === 'https:' ? secureRequest : request;
  return new Promise((resolve) => {
    const asked = send({
      host: url.hostname,
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...credentials(url) },
      agent: false,
      timeout: CONNECT_MS,
    });
    asked.once('connect', (response, socket) => {
      if (response.statusCode === 200 && socket instanceof Socket) return resolve(socket);
      socket.destroy();
      resolve(undefined);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('response', (response) => {
      response.destroy();
      resolve(undefined);
    });
    asked.once('error', () => resolve(undefined));
    asked.once('close', () => resolve(undefined));
    asked.end();
  });
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
