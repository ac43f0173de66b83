import { describe, expect, it } from 'vitest';
import { environmentProxies } from '../../../src/config/proxy.js';

describe('proxies of the environment', () => {
  it('are none where no variable names one', () => {
    expect(environmentProxies({ NO_PROXY: 'localhost', HTTPS_PROXY: '' })).toBeNull();
  });

  it('are read from either spelling, lower case first', () => {
    expect(
      environmentProxies({
        HTTPS_PROXY: 'http://upper:1',
        https_proxy: 'http://lower:1',
        HTTP_PROXY: 'http://plain:1',
        no_proxy: 'a.test,b.test',
      }),
    ).toEqual({
      httpsProxy: 'http://lower:1',
      httpProxy: 'http://plain:1',
      noProxy: 'a.test,b.test',
    });
  });
});
