import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Private, local and special networks (RFC 6890 and its successors); nothing of a host's own surroundings is outside. */
const NETWORKS_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
const NETWORKS_V6 = [
  ['::', 96],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['2001::', 32],
  ['2002::', 16],
] as const;

const special = new BlockList();
for (const [address, prefix] of NETWORKS_V4) special.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of NETWORKS_V6) special.addSubnet(address, prefix, 'ipv6');

/** Loopback and link-local stay refused also for names that may lie on a private network. */
const local = new BlockList();
local.addSubnet('0.0.0.0', 8, 'ipv4');
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addSubnet('224.0.0.0', 3, 'ipv4');
local.addSubnet('::', 96, 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');
local.addSubnet('ff00::', 8, 'ipv6');

/** IPv4 written inside IPv6, in both spellings. */
const MAPPED = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

/**
 * True when set-up commands may not be connected to an address: what is no address, special networks, and every address
 * of this machine, looked up now. `mayBePrivate` leaves loopback, link-local and this machine refused.
 */
export function isRefusedAddress(address: string, mayBePrivate = false): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  const mapped = MAPPED.exec(address);
  if (mapped !== null) return isRefusedAddress(mappedAddress(mapped), mayBePrivate);
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = mayBePrivate ? local : special;
  return list.check(address, type) || ownAddresses().check(address, type);
}

function mappedAddress([, dotted, high = '0', low = '0']: RegExpExecArray): string {
  if (dotted !== undefined) return dotted;
  const [upper, lower] = [parseInt(high, 16), parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}

function ownAddresses(): BlockList {
  const own = new BlockList();
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family } of addresses ?? [])
      own.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return own;
}
