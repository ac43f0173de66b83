import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLocalAddress, isPrivateAddress, plainAddress } from '../network/private-address.js';

/**
 * True when set-up commands may not be connected to an address: what is no address, special networks, and every address
 * of this machine, looked up now. `mayBePrivate` leaves loopback, link-local and this machine refused.
 */
export function isRefusedAddress(address: string, mayBePrivate = false): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  if (family === 0) return true;
  const isListed = mayBePrivate ? isLocalAddress(plain) : isPrivateAddress(plain);
  return isListed || ownAddresses().check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function ownAddresses(): BlockList {
  const own = new BlockList();
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family } of addresses ?? [])
      own.addAddress(address, family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return own;
}
