import { BlockList, isIP, isIPv4 } from 'node:net';

/** Addresses that lead into this machine or its own network (RFC 1122, 1918, 3927, 4193, 4291, 6598). */
const PRIVATE = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(address, prefix, 'ipv6');

/** True for an IP address of this machine or of a private network; false for names. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) !== 0 && PRIVATE.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}
