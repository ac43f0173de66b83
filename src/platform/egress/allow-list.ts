import type { SetupNetwork } from '../../domain/index.js';

/** What a command asked the proxy for. */
export interface Destination {
  /** Lower case, without the dot at its end and without brackets. */
  readonly host: string;
  readonly port: number;
}

const HTTPS_PORT = 443;
/** Longest name of DNS, and some room for a port. */
const MAX_AUTHORITY = 270;

/** Host and port of a CONNECT request; undefined for what is neither a name nor an address with a port. */
export function parseAuthority(text: string): Destination | undefined {
  if (text.length > MAX_AUTHORITY) return undefined;
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):(\d{1,5})$/i.exec(text);
  const [, name, port] = match ?? [];
  if (name === undefined) return undefined;
  const host = name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[|\]$/g, '');
  const number = Number(port);
  return host === '' || number < 1 || number > 65_535 ? undefined : { host, port: number };
}

/** True when the lists name the destination: `host`, `.suffix` or `*`, each with `:port` when that is not 443. */
export function isListed(entries: readonly string[], { host, port }: Destination): boolean {
  return entries.some((entry) => {
    const [, name = '', wanted = String(HTTPS_PORT)] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (Number(wanted) !== port) return false;
    if (name === '*') return true;
    return name.startsWith('.') ? host.endsWith(name) : host === name;
  });
}

/** How the lists see a destination. */
export function judgeDestination(
  network: Pick<SetupNetwork, 'allow' | 'allowPrivate'>,
  destination: Destination,
): 'refused' | 'public' | 'private' {
  if (isListed(network.allowPrivate, destination)) return 'private';
  return isListed(network.allow, destination) ? 'public' : 'refused';
}
