import { describe, expect, it } from 'vitest';
import { withoutSecretParts } from '../../../../src/config/show/secret-parts.js';

describe('a value as it may be shown', () => {
  it.each([
    [
      ['notify', 'webhook'],
      'https://hooks.example.com/T0/B0/key',
      'https://hooks.example.com/(hidden)',
    ],
    [
      ['mcp', 'servers', 'a', 'url'],
      'https://mcp.example.com/s/key/mcp',
      'https://mcp.example.com/(hidden)',
    ],
    [['mcp', 'servers', 'a', 'url'], 'https://mcp.example.com/', 'https://mcp.example.com/'],
    [['providers', 'a', 'base_url'], 'https://api.example.com/v1', 'https://api.example.com/v1'],
    [
      ['providers', 'a', 'base_url'],
      'https://me:pass@api.example.com/v1?token=key#key',
      'https://(hidden)@api.example.com/v1?(hidden)#(hidden)',
    ],
    [
      ['providers', 'a', 'base_url'],
      'https://api.example.com/v1#key',
      'https://api.example.com/v1#(hidden)',
    ],
    [['default_model'], 'provider/model#1', 'provider/model#1'],
    [['providers', 'a', 'headers'], { 'x-key': 'key' }, '(hidden)'],
    [
      ['web', 'allow'],
      ['a.example.com', 'https://u:p@b.example.com/'],
      ['a.example.com', 'https://(hidden)@b.example.com/'],
    ],
  ])('%j %j', (path, value, shown) => {
    expect(withoutSecretParts(path, value)).toEqual(shown);
  });
});
