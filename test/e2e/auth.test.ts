import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalCliArguments } from '../support/embedded-temporal.js';
import { RalphProject } from '../support/ralph-project.js';
import {
  bash,
  done,
  startScriptedModel,
  write,
  type ScriptedModel,
} from '../support/scripted-model.js';
import { memoryOf } from '../support/service-home.js';
import { openBao, temporalCli } from '../support/temporal-programs.js';

const program = await openBao();
const FIRST_KEY = 'first-key-K7m2Qx9Lw4';
const SECOND_KEY = 'second-key-Zt8Rb3Nv6Y';
const POISON = 'poison-P5d1Hg7Jc0';
const POISONED = {
  OPENAI_API_KEY: POISON,
  OPENAI_BASE_URL: `http://127.0.0.1:1/${POISON}`,
  OPENAI_ORG_ID: POISON,
  ANTHROPIC_API_KEY: POISON,
  ANTHROPIC_AUTH_TOKEN: POISON,
  VAULT_TOKEN: POISON,
  BAO_TOKEN: POISON,
};
const executable = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

describe.skipIf(program === null)('keys without a Vault of one’s own', () => {
  let model: ScriptedModel;
  let gate: Server;
  let project: RalphProject;
  let accepted = FIRST_KEY;
  let rotate: (() => Promise<void>) | undefined;
  const seen: { key: string; body: string }[] = [];

  /** The command line with a poisoned environment and something on its standard input. */
  function cli(args: readonly string[], input = '', folder = project.root) {
    const child = spawn(process.execPath, [executable, '--config', project.config, ...args], {
      cwd: folder,
      env: {
        ...process.env,
        ...POISONED,
        CODETETHER_HOME: project.home,
        XDG_CONFIG_HOME: project.root,
      },
    });
    child.stdin.end(input);
    const code = new Promise<number>((resolve) =>
      child.once('exit', (exit) => resolve(exit ?? -1)),
    );
    return Promise.all([text(child.stdout), text(child.stderr), code]).then(
      ([stdout, stderr, exit]) => ({ stdout, stderr, code: exit }),
    );
  }

  beforeAll(async () => {
    model = await startScriptedModel((task) => {
      const steps = [
        bash('cat leak.txt; base64 -w0 leak.txt; env'),
        write(`feature-${task.story.slice(-1)}.txt`, 'ok\n'),
      ];
      return steps[task.turn] ?? done();
    });
    gate = createServer((request, response) => {
      const forward = async (): Promise<void> => {
        const body = await text(request);
        const key = (request.headers.authorization ?? '').replace('Bearer ', '');
        // The second story begins: the key is exchanged under the running worker.
        if (body.includes('US-002') && rotate !== undefined) {
          const once = rotate;
          rotate = undefined;
          await once();
        }
        seen.push({ key, body });
        if (key !== accepted) {
          response.writeHead(401, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ error: { message: `Incorrect API key: ${key}` } }));
          return;
        }
        const answer = await fetch(`${model.baseUrl}${(request.url ?? '').replace('/v1', '')}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        response.writeHead(answer.status, {
          'content-type': answer.headers.get('content-type') ?? '',
        });
        response.end(Buffer.from(await answer.arrayBuffer()));
      };
      forward().catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}/v1`;
    project = new RalphProject(url);
    writeFileSync(
      project.config,
      `[providers.double]\nwire = "openai-chat"\nbase_url = "${url}"\n`,
    );
  });
  afterAll(async () => {
    await cli(['down']);
    await project.close();
    gate.closeAllConnections();
    gate.close();
    await model.stop();
  });

  it('refuses a run with the command that stores the key, and a key that is none', async () => {
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const run = await cli(['ralph', 'run', '-p', 'prd.json', '-m', 'openai/gpt-5.5'], '', folder);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('OPENAI_API_KEY is not used');
    expect(run.stderr).toContain('codetether auth set openai');
    expect(run.stderr).not.toContain(POISON);
    const bad = await cli(['auth', 'set', 'double', '--json'], 'two words\n');
    expect([bad.code, bad.stdout]).toEqual([2, expect.stringContaining('ERR_KEY_INVALID')]);
    const unknown = await cli(['auth', 'set', 'nobody'], FIRST_KEY);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('ERR_PROVIDER_UNKNOWN'),
    ]);
    expect((await cli(['ps', '--json'])).stdout).toContain('"processes": []');
  });

  it('stores a key in a local OpenBao that it starts, sets the default model, and tries the key', async () => {
    const set = await cli(['auth', 'set', 'double', '-m', 'scripted', '--json'], `${FIRST_KEY}\n`);
    expect(set.stderr + set.stdout).not.toContain(FIRST_KEY);
    expect(JSON.parse(set.stdout)).toMatchObject({
      provider: 'double',
      vault: 'local',
      fields: ['api_key'],
      default_model: 'double/scripted',
      default_model_written: true,
    });
    expect(readFileSync(join(project.root, 'codetether-agent/config.toml'), 'utf8')).toBe(
      'default_model = "double/scripted"\n',
    );
    const { stdout } = await cli(['auth', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ vault: 'local', providers: ['double'] });
    const test = await cli(['auth', 'test', 'double', '--json']);
    expect(JSON.parse(test.stdout)).toMatchObject({ provider: 'double', model: 'double/scripted' });
    expect(seen.at(-1)?.key).toBe(FIRST_KEY);
    for (const file of ['keys.json', 'worker-token']) {
      expect(statSync(join(project.home, 'vault', file)).mode & 0o777).toBe(0o600);
    }
  });

  it('starts the OpenBao again when it dies, open as before', async () => {
    const before = await vaultProcess();
    process.stderr.write(`OpenBao: ${Math.round(memoryOf(before.pid).own / 1e6)} MB of its own\n`);
    process.kill(before.pid, 'SIGKILL');
    const test = await cli(['auth', 'test', 'double', '--json']);
    expect(test.code).toBe(0);
    const after = await vaultProcess();
    expect({ isOther: after.pid !== before.pid, restarts: after.restarts }).toEqual({
      isOther: true,
      restarts: 1,
    });
  });

  it('goes on when a key is exchanged during a run, and nothing that it writes or prints holds either', async () => {
    const folder = project.repository({
      stories: [{ id: 'US-001' }, { id: 'US-002', depends_on: ['US-001'] }],
      files: { 'leak.txt': `the key is ${FIRST_KEY}` },
    });
    rotate = async () => {
      const set = await cli(['auth', 'set', 'double'], SECOND_KEY);
      expect(set.code).toBe(0);
      accepted = SECOND_KEY;
    };
    const run = await cli(['ralph', 'run', '-p', 'prd.json', '--json'], '', folder);
    const document = JSON.parse(run.stdout) as {
      run_id: string;
      stories: { id: string; status: string; attempts: number }[];
    };
    expect(document.stories.map(({ id, status, attempts }) => [id, status, attempts])).toEqual([
      ['US-001', 'passed', 1],
      ['US-002', 'passed', 1],
    ]);
    expect(new Set(seen.map(({ key }) => key))).toEqual(new Set([FIRST_KEY, SECOND_KEY]));
    const bodies = seen.map(({ body }) => body).join('\n');
    expect(bodies).toContain('[redacted:double-api_key]');
    const processes = execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' });
    const history = await histories();
    expect(history).toContain('agentWorkflow');
    const texts = { bodies, processes, history, screen: run.stdout + run.stderr, ...stored() };
    expect(Object.keys(texts).length).toBeGreaterThan(15);
    const leaks = Object.entries(texts).flatMap(([place, content]) =>
      forms()
        .filter((form) => content.includes(form))
        .map((form) => `${place}: ${form}`),
    );
    expect(leaks).toEqual([]);
  });

  /** Both keys, plain and as the middle of a base64 text, and the poison of the environment. */
  function forms(): string[] {
    const encoded = Buffer.from(`the key is ${FIRST_KEY}`).toString('base64');
    return [FIRST_KEY, SECOND_KEY, POISON, encoded.slice(16, -4)];
  }

  /** Everything below the home but the Vault itself and the repository's own files. */
  function stored(): Record<string, string> {
    const files = readdirSync(project.home, { recursive: true, withFileTypes: true });
    return Object.fromEntries(
      files
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .filter((path) => !/\/(vault|workspaces|holds)\//.test(path.slice(project.home.length)))
        .map((path) => [path.slice(project.home.length), readFileSync(path, 'latin1')]),
    );
  }

  /** All histories of the embedded server as JSON, payloads decoded. */
  async function histories(): Promise<string> {
    const temporal = await temporalCli();
    const ask = (...args: string[]) =>
      execFileSync(temporal, [...args, ...temporalCliArguments(project.home), '-o', 'json'], {
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
      });
    const listed = JSON.parse(ask('workflow', 'list')) as {
      execution: { workflowId: string };
    }[];
    const shown = listed.map(({ execution }) =>
      ask('workflow', 'show', '--workflow-id', execution.workflowId),
    );
    const raw = shown.join('\n');
    const payloads = [...raw.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map((match) =>
      Buffer.from(match[1] ?? '', 'base64').toString('utf8'),
    );
    return [raw, ...payloads].join('\n');
  }

  async function vaultProcess(): Promise<{ pid: number; restarts: number }> {
    const { processes } = JSON.parse((await cli(['ps', '--json'])).stdout) as {
      processes: { role: string; pid: number; restarts: number }[];
    };
    const found = processes.find(({ role }) => role === 'vault');
    if (found === undefined) throw new Error('no OpenBao runs');
    return found;
  }
});
