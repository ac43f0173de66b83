import { describe, expect, it } from 'vitest';
import {
  describeSetupFailure,
  isSetupInput,
  looksLikeFullDisk,
  looksLikeNetworkFailure,
  networkCause,
  NO_SETUP,
  setupLimitMs,
  setupRelevantPart,
} from '../../../src/domain/workspace-setup.js';
import { proofLimitMs } from '../../../src/domain/proof/proof-limit.js';
import {
  verificationRuns,
  verificationStepSchema,
} from '../../../src/domain/proof/verification.js';

const step = { name: 'i', command: 'npm ci', folder: 'app', timeoutMs: 60_000, lockFiles: [] };

describe('setupRelevantPart', () => {
  const manifest = {
    name: 'x',
    scripts: { test: 'a', postinstall: 'b' },
    dependencies: { c: '1' },
  };
  const part = (changes: object) =>
    setupRelevantPart('a/package.json', JSON.stringify({ ...manifest, ...changes }));

  it('of a package.json is the same whatever else a story changes', () => {
    const scripts = { test: 'other', lint: 'new', postinstall: 'b' };
    expect(part({ version: '2', scripts })).toBe(part({}));
  });

  it('of a package.json changes with dependencies and installation scripts', () => {
    expect(part({ dependencies: { c: '2' } })).not.toBe(part({}));
    expect(part({ scripts: { test: 'a', postinstall: 'c' } })).not.toBe(part({}));
  });

  it('of anything else is its text', () => {
    expect(setupRelevantPart('go.mod', 'module x')).toBe('module x');
    expect(setupRelevantPart('package.json', '{')).toBe('{');
  });
});

describe('isSetupInput', () => {
  it('knows lock files and manifests of all languages in any folder', () => {
    const inputs = [
      'package-lock.json',
      'a/uv.lock',
      'requirements-dev.txt',
      'b/Cargo.lock',
      'go.sum',
      'bun.lockb',
    ];
    expect(inputs.filter((path) => !isSetupInput(path))).toEqual([]);
    expect(['src/a.ts', 'README.md', 'lock.json'].filter(isSetupInput)).toEqual([]);
  });
});

describe('outputs of failed set-ups', () => {
  it.each([
    'npm error code EAI_AGAIN',
    'dial tcp: lookup proxy: no such host',
    'Failed to establish a new connection',
    'warning: spurious network error (3 tries remaining)',
  ])('read like a network failure: %s', (text) => {
    expect(looksLikeNetworkFailure(text)).toBe(true);
  });

  it('do not read like one when a package does not exist', () => {
    expect(looksLikeNetworkFailure('npm error 404 Not Found - GET no-such-package')).toBe(false);
  });

  it('say that the disk is full', () => {
    expect(looksLikeFullDisk('OSError: [Errno 28] No space left on device')).toBe(true);
    expect(looksLikeFullDisk('all is well')).toBe(false);
  });

  it('are described with command, place and end', () => {
    const failure = { step, exitCode: null, isTimedOut: true, isNetwork: false, tail: '' };
    expect(describeSetupFailure(failure)).toBe(
      'set-up command `npm ci` in app did not end within its time limit of 60 s',
    );
  });
});

describe('time limits', () => {
  it('of a set-up are those of its steps; of a proof every round that it may have', () => {
    const setup = { ...NO_SETUP, steps: [step, step] };
    expect(setupLimitMs(setup)).toBe(120_000);
    const url = verificationStepSchema.parse({
      type: 'url',
      url: 'http://localhost/',
      timeoutMs: 1000,
    });
    const checks = [{ name: 'test', command: 'x', timeoutMs: 5000 }];
    expect(proofLimitMs({ checks, verificationSteps: [url], setup })).toBe(
      24 * (5000 + 240_000) + 3 * 11_000,
    );
  });
});

describe('verificationRuns', () => {
  const parse = (item: object) => verificationStepSchema.parse(item);

  it('start a shell step together with each url step behind it, and run the others alone', () => {
    const steps = [
      { type: 'shell', command: 'build  it' },
      { type: 'shell', command: 'serve' },
      { type: 'url', url: 'http://localhost:1/a' },
      { type: 'url', url: 'http://localhost:1/b', name: 'second' },
      { type: 'file_exists', path: 'dist' },
      { type: 'url', url: 'http://localhost:1/c' },
    ].map(parse);
    expect(verificationRuns(steps).map(({ name, command }) => [name, command])).toEqual([
      ['build it', 'build  it'],
      ['GET http://localhost:1/a', 'serve & GET http://localhost:1/a'],
      ['second', 'serve & GET http://localhost:1/b'],
      ['exists dist', "test -e 'dist'"],
      ['GET http://localhost:1/c', 'GET http://localhost:1/c'],
    ]);
  });
});

describe('networkCause', () => {
  const entry = {
    host: 'a',
    port: 443,
    connections: 1,
    failures: 0,
    refusals: 0,
    reason: null,
    sentBytes: 1,
    receivedBytes: 1,
  };
  it.each([
    ['getaddrinfo EAI_AGAIN a', null, 'offline'],
    ['getaddrinfo EAI_AGAIN a', [entry], 'bypass'],
    ['connect ECONNREFUSED 127.0.0.1:5432', [], 'bypass'],
    ['read ECONNRESET', [entry], 'offline'],
    ['tunnel failed, 403', [{ ...entry, refusals: 1, reason: 'no-address' as const }], 'offline'],
    ['tunnel failed, 502', [{ ...entry, failures: 1 }], 'offline'],
    ['syntax error', [entry], 'none'],
  ])('of %j with %j is %s', (output, traffic, expected) => {
    expect(networkCause(output, traffic)).toBe(expected);
  });
});
