import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { beginStory } from '../../../../../src/activities/workspace/begin-story.js';
import { checkBaseline } from '../../../../../src/activities/proof/check-baseline.js';
import {
  NO_SETUP,
  type SetupNetwork,
  type WorkspaceSetup,
} from '../../../../../src/domain/workspace-setup.js';
import { detectSandbox } from '../../../../../src/platform/sandbox/detect.js';
import { ralphBench, storyInput, type RalphBench } from '../../../../support/ralph-bench.js';

const hasSwitch = (await detectSandbox()).kinds.includes('network-switch');
const REGISTRIES: SetupNetwork = { mode: 'registries', allow: [], allowPrivate: [], variables: {} };

function setup(command: string, network: Partial<SetupNetwork> = {}): WorkspaceSetup {
  const step = { name: 'fetch', command, folder: '.', timeoutMs: 20_000, lockFiles: [] };
  return { ...NO_SETUP, source: 'flag', steps: [step], network: { ...REGISTRIES, ...network } };
}

/** Asks the proxy for a host as a package manager would, and ends with 1. */
const ask = (authority: string): string =>
  `exec 3<>/dev/tcp/127.0.0.1/3128; printf 'CONNECT ${authority} HTTP/1.1\\r\\n\\r\\n' >&3; cat <&3; exit 1`;

const begin = (bench: RalphBench, wanted: WorkspaceSetup): Promise<unknown> =>
  beginStory(bench.work, storyInput(bench, { setup: wanted }));

/** A service on this machine's loopback. */
async function canary(): Promise<number> {
  const server = createServer((socket) => socket.end('canary'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe.skipIf(!hasSwitch)('the network of set-up', () => {
  it('ends a set-up that asked for another host with its name, and is not waited for', async () => {
    const bench = await ralphBench();
    await expect(begin(bench, setup(ask('other.example:443')))).rejects.toMatchObject({
      code: 'ERR_EGRESS_REFUSED',
      exitCode: 2,
      isRetryable: false,
      message: expect.stringContaining('asked for hosts that set-up may not reach: other.example.'),
      hint: expect.stringContaining('[egress] allow = ["other.example"]'),
      data: { folder: '.', refused: ['other.example'] },
    });
  });

  it('names addresses of private networks as what they are', async () => {
    const bench = await ralphBench();
    const wanted = setup(ask('127.0.0.1:8443'), { allow: ['127.0.0.1:8443'] });
    await expect(begin(bench, wanted)).rejects.toMatchObject({
      code: 'ERR_EGRESS_REFUSED',
      message: expect.stringContaining('127.0.0.1:8443 (an address of a private network)'),
      hint: expect.stringContaining('allow_private'),
    });
  });

  it('writes down what a set-up asked for that succeeded', async () => {
    const bench = await ralphBench();
    const { setup: report } = await checkBaseline(bench.work, {
      key: { scope: 'network', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks: [],
      setup: setup(`(${ask('other.example:443')}) || true`),
    });
    expect(report?.traffic).toEqual([
      {
        command: expect.any(String),
        hosts: [
          {
            host: 'other.example',
            port: 443,
            connections: 0,
            failures: 0,
            refusals: 1,
            reason: 'not-allowed',
            sentBytes: 0,
            receivedBytes: 0,
          },
        ],
      },
    ]);
  });

  it('holds no service of this machine, but when it is open', async () => {
    const bench = await ralphBench();
    const read = `exec 3<>/dev/tcp/127.0.0.1/${await canary()} && cat <&3 | grep canary`;
    // A program that goes past the proxy: waiting for a better network would not help.
    await expect(begin(bench, setup(read))).rejects.toMatchObject({
      code: 'ERR_SETUP_FAILED',
      hint: expect.stringContaining('--setup-network open'),
    });
    await expect(begin(bench, setup(read, { mode: 'open' }))).resolves.toBeDefined();
  });
});
