import { describe, expect, it } from 'vitest';
import { secretsText, withoutSecrets } from '../../../../src/config/light/environment.js';

describe('the environment of a process of ours', () => {
  it('is split: what is named like a secret goes by the pipe, the rest stays', () => {
    const open = {
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy.example:3128',
      TEMPORAL_ADDRESS: 'a',
      TOKENIZER: 'x',
    };
    const secret = {
      VAULT_TOKEN: 'a',
      GITHUB_TOKEN: 'b',
      DB_PASSWORD: 'c',
      AWS_SECRET_ACCESS_KEY: 'd',
      SOME_API_KEY: 'e',
      MY_SECRET: 'f',
      https_proxy: 'http://user:password@proxy.example:3128',
    };
    expect(withoutSecrets({ ...open, ...secret })).toEqual(open);
    expect(JSON.parse(secretsText({ ...open, ...secret }))).toEqual(secret);
  });
});
