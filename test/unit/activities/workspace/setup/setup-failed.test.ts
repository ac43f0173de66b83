import { describe, expect, it } from 'vitest';
import {
  setupFailed,
  setupOffline,
} from '../../../../../src/activities/workspace/setup/setup-failed.js';
import type { SetupFailure } from '../../../../../src/domain/workspace-setup.js';

const FAILURE: SetupFailure = {
  step: { name: 'npm ci', command: 'npm ci', folder: 'app', timeoutMs: 60_000, lockFiles: [] },
  exitCode: 1,
  isTimedOut: false,
  isNetwork: false,
  tail: 'npm error\n\n',
};
const WHERE = { file: 'app', field: 'workspace.setup' };

describe('a set-up that failed', () => {
  it.each([
    [{}, /--no-setup$/],
    [{ isTimedOut: true, exitCode: null }, /setup_timeout_s/],
    [{ isBypass: true }, /--setup-network open$/],
  ])('with %j says what helps', (changes, hint) => {
    const error = setupFailed({ ...FAILURE, ...changes });
    expect(error.report()).toMatchObject({
      code: 'ERR_SETUP_FAILED',
      where: WHERE,
      hint: expect.stringMatching(hint),
    });
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(/End of its output:\nnpm error$/);
    expect(error.data).toMatchObject({ command: 'npm ci', folder: 'app' });
  });

  const refusal = {
    connections: 1,
    failures: 0,
    refusals: 1,
    sentBytes: 0,
    receivedBytes: 0,
  };

  it('for a refused host names it as the configuration takes it', () => {
    const refused = [
      { ...refusal, host: 'a.example', port: 443, reason: 'not-allowed' as const },
      { ...refusal, host: 'b.example', port: 8080, reason: 'not-allowed' as const },
    ];
    const error = setupFailed({ ...FAILURE, refused });
    expect(error.code).toBe('ERR_EGRESS_REFUSED');
    expect(error.hint).toContain('[egress] allow = ["a.example","b.example:8080"]');
    expect(error.data).toMatchObject({ refused: ['a.example', 'b.example:8080'] });
  });

  it('for a host on a private network names the setting for those', () => {
    const refused = [{ ...refusal, host: 'c', port: 443, reason: 'private-address' as const }];
    expect(setupFailed({ ...FAILURE, refused }).hint).toContain('[egress] allow_private = ["c"]');
  });

  it('without a network is nobody’s fault, and is not tried again at once', () => {
    const error = setupOffline({ ...FAILURE, isNetwork: true });
    expect([error.code, error.isRetryable, error.exitCode]).toEqual([
      'ERR_SETUP_OFFLINE',
      false,
      3,
    ]);
    expect(error.report()).toMatchObject({ where: WHERE });
  });
});
