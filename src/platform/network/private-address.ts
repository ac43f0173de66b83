import { BlockList, isIP } from 'node:net';

/** Private, local and special networks (RFC 6890 and its successors); nothing of a host's own surroundings is outside. */
const special = new BlockList();
for (const [address, prefix] of [
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
] as const)
  special.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['2001::', 32],
  ['2002::', 16],
] as const)
  special.addSubnet(address, prefix, 'ipv6');

/** Loopback and link-local: this machine, whatever network it stands in. */
const local = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  local.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 96],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  local.addSubnet(address, prefix, 'ipv6');

/** IPv4 written inside IPv6, in both spellings. */
const MAPPED = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

/** True for an IP address of this machine or of a private or special network, in any spelling; false for names. */
export function isPrivateAddress(address: string): boolean {
  return isListed(special, address.replace(/^\[|\]$/g, ''));
}

/** True for loopback and link-local addresses, in any spelling; false for names. */
export function isLocalAddress(address: string): boolean {
  return isListed(local, address);
}

function isListed(list: BlockList, address: string): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** The IPv4 address behind a mapped one; any other as it is. */
export function plainAddress(address: string): string {
  const mapped = MAPPED.exec(address);
  if (mapped === null) return address;
  const [, dotted, high = '0', low = '0'] = mapped;
  if (dotted !== undefined) return dotted;
  const [upper, lower] = [parseInt(high, 16), parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}
