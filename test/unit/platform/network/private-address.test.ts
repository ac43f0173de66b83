import { describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../../../../src/platform/network/private-address.js';

describe('isPrivateAddress', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.0.0.8',
    '198.18.0.1',
    '::1',
    '[::1]',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:7f00:1',
    '64:ff9b::7f00:1',
  ])('is true for %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['93.184.216.34', '192.0.2.1', '2606:2800:220:1::1', 'localhost', 'example.com', ''])(
    'is false for %j',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});
