import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findIsolation } from '../../src/host/light/isolation.js';
import { clientTls, gateFiles } from '../../src/host/light/gate-files.js';
import { makeCertificates } from '../../src/service/gate-certificates.js';
import { identifyProcess } from '../../src/host/light/process-identity.js';
import { processEnvironment } from '../../src/config/light/environment.js';
import { browserPath } from '../support/browser.js';
import { connectEmbedded } from '../support/embedded-temporal.js';
import { listeningPorts } from '../support/listening-ports.js';
import { childrenOf, serviceHome, type ServiceHome } from '../support/service-home.js';
import { canRun, ordinaryUser } from '../support/ordinary-user.js';
import { temporalCli } from '../support/temporal-programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const isolation = await findIsolation(processEnvironment()['PATH'] ?? '');
const browser = browserPath();
const isRoot = process.getuid?.() === 0;
const user = ordinaryUser();

describe.skipIf(isolation.kind === 'none')('the embedded Temporal server', () => {
  let home: ServiceHome;
  let port = 0;
  let gate = 0;

  beforeAll(async () => {
    home = await serviceHome({}, { isKept: true });
    expect((await home.run('up')).code).toBe(0);
    const process = await home.process('temporal');
    port = process.port ?? 0;
    gate = process.pid;
  });
  afterAll(() => home.remove());

  it('listens on one port of the machine, and on none but the gate’s', () => {
    expect(childrenOf(gate)).toHaveLength(1);
    expect(listeningPorts(gate)).toEqual([port]);
  });

  it('answers nobody without the certificate of this home', async () => {
    const foreign = gateFiles(await temporaryFolder());
    await makeCertificates(foreign);
    const address = `127.0.0.1:${port}`;
    const own = clientTls(gateFiles(home.path));
    const authority = readFileSync(gateFiles(home.path).authority);
    const strangers = [
      { address },
      { address, tls: true },
      { address, tls: clientTls(foreign) },
      // the right authority and no certificate at all
      { address, tls: { serverRootCACertificate: authority, serverNameOverride: 'codetether' } },
    ];
    for (const options of strangers)
      await expect(
        Connection.connect({ ...options, connectTimeout: '2s' }),
        JSON.stringify(Object.keys(options)),
      ).rejects.toThrow();
    const connection = await Connection.connect({ address, tls: own });
    onTestFinished(() => connection.close());
    expect((await connection.workflowService.getSystemInfo({})).serverVersion).toMatch(/^\d/);
  });

  it('goes on while somebody holds hundreds of connections that say nothing', async () => {
    const sockets = Array.from({ length: 300 }, () => connectTcp(port, '127.0.0.1'));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (const socket of sockets) socket.on('error', () => undefined);
    const connection = await connectEmbedded(home.path);
    onTestFinished(() => connection.close());
    expect((await connection.workflowService.getSystemInfo({})).serverVersion).toMatch(/^\d/);
  });

  it.skipIf(!isRoot)('shows its keys and sockets to no other user', () => {
    const files = gateFiles(home.path);
    // the folders above are open, so that it is the files themselves that refuse
    for (const folder of [home.path, `${home.path}/temporal`]) chmodSync(folder, 0o755);
    const look = (path: string, how: string): string =>
      spawnSync(
        'setpriv',
        ['--reuid', '65533', '--regid', '65533', '--clear-groups', 'sh', '-c', how, 'sh', path],
        {
          encoding: 'utf8',
        },
      ).stderr;
    for (const path of [files.clientKey, files.serverKey, `${home.path}/temporal/ui-key`])
      expect(look(path, 'cat "$1" >/dev/null'), path).toMatch(/Permission denied/);
    const dial =
      'python3 -c "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])" "$1"';
    expect(look(files.uiSocket, dial)).toMatch(/PermissionError|Permission denied/);
  });

  it.skipIf(browser === undefined)(
    'shows its web interface to a browser that opened our link, and to no page of another site',
    async () => {
      const link = (await home.run('open', '--no-browser')).stdout.trim();
      const api = new URL(link).origin;
      const attacker = await attackingPage();
      const chrome = await chromium.launch({
        executablePath: browser ?? '',
        args: ['--no-sandbox'],
      });
      onTestFinished(() => chrome.close());
      const context = await chrome.newContext();
      const page = await context.newPage();
      await page.goto(link);
      await page.waitForURL(`${api}/temporal/namespaces/default/workflows**`);
      await page.getByText('Workflows').first().waitFor();
      const picture = await page.screenshot();
      expect(picture.length).toBeGreaterThan(10_000);
      // the same browser, signed in, on a page of somebody else
      const evil = await context.newPage();
      await evil.goto(attacker.url);
      const answers = await evil.evaluate(
        `(async () => {
          const post = (mode) => fetch(${JSON.stringify(api)} + '/temporal/api/v1/namespaces/default/workflows/planted', {
            method: 'POST', mode, credentials: 'include', headers: { 'content-type': 'text/plain' },
            body: JSON.stringify({ workflowType: { name: 'ralphWorkflow' }, taskQueue: { name: 'codetether' } }),
          }).then((response) => response.status, () => 'blocked');
          return [await post('no-cors'), await post('cors')];
        })()`,
      );
      // a page cannot read the answer of the first kind; what counts is that nothing was started
      expect(answers).toEqual([0, 'blocked']);
      const frame = await evil.evaluate(
        `new Promise((resolve) => { const frame = document.createElement('iframe'); frame.src = ${JSON.stringify(api)} + '/temporal/'; frame.onload = () => { try { resolve(frame.contentDocument === null ? 'hidden' : frame.contentDocument.body.innerText); } catch { resolve('hidden'); } }; document.body.append(frame); })`,
      );
      expect(frame).toBe('hidden');
      const connection = await connectEmbedded(home.path);
      onTestFinished(() => connection.close());
      const client = new Client({ connection });
      await expect(client.workflow.getHandle('planted').describe()).rejects.toThrow(/not found/i);
    },
  );

  it('ends with its supervisor when nobody takes it over', async () => {
    const processes = await home.ps();
    const [server = 0] = childrenOf(gate);
    const pidOf = (wanted: string) => processes.find(({ role }) => role === wanted)?.pid ?? 0;
    // a worker that sees its supervisor die starts another one at once
    process.kill(pidOf('worker'), 'SIGSTOP');
    process.kill(pidOf('supervisor'), 'SIGKILL');
    process.kill(pidOf('worker'), 'SIGKILL');
    await expect
      .poll(() => [identifyProcess(gate), identifyProcess(server)], {
        timeout: 40_000,
        interval: 200,
      })
      .toEqual([null, null]);
    expect((await home.run('up')).code).toBe(0);
  });

  it('ends with its gate, however that dies, and comes back', async () => {
    const { pid, restarts } = await home.process('temporal');
    const [server = 0] = childrenOf(pid);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => identifyProcess(server), { timeout: 10_000, interval: 50 }).toBeNull();
    const after = await home.waitFor((now) =>
      now.some((one) => one.role === 'temporal' && one.pid !== pid),
    );
    expect(after.find(({ role }) => role === 'temporal')).toMatchObject({
      port,
      restarts: restarts + 1,
    });
  });
});

describe('the service of an ordinary user', () => {
  it.skipIf(!canRun(user, 'sh', '-c', 'unshare --user --map-root-user --net true'))(
    'closes the embedded server too',
    async () => {
      const folder = await temporaryFolder();
      const temporal = join(folder, 'temporal');
      copyFileSync(await temporalCli(), temporal);
      const home = join(folder, 'home');
      mkdirSync(home);
      chmodSync(folder, 0o755);
      if (user.uid !== null) chownSync(home, user.uid, user.uid);
      const run = (...args: string[]): string => {
        const command = [
          process.execPath,
          user.path('bin/codetether.js'),
          '--temporal-cli',
          temporal,
        ];
        const [program = '', ...rest] = user.command(...command, ...args);
        const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: home };
        const { stdout, stderr, status } = spawnSync(program, rest, {
          env,
          cwd: home,
          encoding: 'utf8',
        });
        // the doctor may find something else wrong with a user that has no account
        if (args[0] !== 'doctor') expect(status, stderr).toBe(0);
        return stdout;
      };
      const { temporal_address: address } = JSON.parse(run('up', '--json')) as {
        temporal_address: string;
      };
      try {
        await expect(Connection.connect({ address, connectTimeout: '2s' })).rejects.toThrow();
        expect(run('doctor')).toMatch(/ok +temporal access: only with the keys/);
      } finally {
        run('down');
      }
    },
  );
});

describe('a machine that can make no namespace', () => {
  it('starts the server open only when somebody accepts that by name', async () => {
    const folder = await temporaryFolder();
    const searchPath = { PATH: onlyNode(folder) };
    const home = await serviceHome(searchPath);
    const refused = await home.run('up');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/ERR_TEMPORAL_EXPOSED[^]*unshare: not installed; bwrap: not installed/),
    ]);
    const accepted = await serviceHome({ ...searchPath, CODETETHER_TEMPORAL_EXPOSED: '1' });
    // without those programs commands have no namespace either, which is to be named too
    const config = `${folder}/config.toml`;
    writeFileSync(config, '[sandbox]\nminimum = "none"\n');
    const run = (...args: string[]) => accepted.run('--config', config, ...args);
    expect(await run('up')).toMatchObject({ code: 0 });
    expect((await run('open')).stderr).toContain('ERR_UI_UNKNOWN');
    const doctor = await run('doctor');
    expect(doctor.stdout).toMatch(/warning +temporal access: every process of this machine/);
    // no web page reaches it all the same
    const { pid } = await accepted.process('temporal');
    const statuses = await Promise.all(
      listeningPorts(pid).map((port) =>
        fetch(`http://127.0.0.1:${port}/api/v1/namespaces`, {
          signal: AbortSignal.timeout(5000),
        }).then(
          ({ status }) => status,
          () => 'no answer',
        ),
      ),
    );
    expect(statuses).not.toContain(200);
    expect(statuses).toContain(403);
  });
});

/** A folder for PATH with what the service needs beside programs that make namespaces. */
function onlyNode(folder: string): string {
  symlinkSync(process.execPath, `${folder}/node`);
  for (const name of ['git', 'sh', 'python3'])
    symlinkSync(
      spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(),
      `${folder}/${name}`,
    );
  return folder;
}

/** A page of another origin. */
async function attackingPage(): Promise<{ readonly url: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<body>another site</body>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  // another host for the browser: a site is told by its name
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/` };
}
