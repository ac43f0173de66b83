import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isRefusedAddress } from '../../../../src/platform/egress/egress-proxy.js';

describe('isRefusedAddress', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001::1',
    '2002:7f00:1::',
    '',
    'localhost',
    '2130706433',
    '127.1',
    '0x7f000001',
    '1.2.3.4.5',
  ])('refuses %j', (address) => {
    expect(isRefusedAddress(address)).toBe(true);
  });

  it.each([
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '192.0.2.10',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
  ])('lets %s pass', (address) => {
    expect(isRefusedAddress(address)).toBe(false);
  });

  it('refuses every address of this machine, also where private ones are allowed', () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    expect(own.filter(({ address }) => !isRefusedAddress(address, true))).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
  });

  it('keeps loopback and link-local refused where private addresses are allowed', () => {
    const judged = [
      '10.0.0.1',
      '192.168.1.1',
      'fd12::1',
      '127.0.0.1',
      '::1',
      '169.254.169.254',
    ].map((address) => isRefusedAddress(address, true));
    expect(judged).toEqual([false, false, false, true, true, true]);
  });
});
