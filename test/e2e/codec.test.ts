import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVaultClient } from '../../src/platform/secrets/vault-client.js';
import { connectEmbedded } from '../support/embedded-temporal.js';
import { RalphProject, type PrdStory, type RunDocument } from '../support/ralph-project.js';
import { done, startScriptedModel, write, type ScriptedModel } from '../support/scripted-model.js';
import type { PsProcess } from '../support/service-home.js';
import { until } from '../support/open-bao.js';
import { openBao } from '../support/temporal-programs.js';

const program = await openBao();
const MARKER = 'marker-Hq7Wd2-of-the-story';
const OUTPUT = 'output-of-the-check';

describe.skipIf(program === null)('encryption with a local OpenBao', () => {
  let model: ScriptedModel;
  let project: RalphProject;
  let folder: string;
  let first: RunDocument;

  beforeAll(async () => {
    model = await startScriptedModel(
      (task) =>
        task.turn < (task.story === 'US-002' ? 40 : 1)
          ? write(`feature-${task.turn}.txt`, 'ok\n')
          : done(),
      200,
    );
    project = new RalphProject(model.baseUrl);
    appendFileSync(project.config, '\n[codec]\nenabled = true\n');
    const story: PrdStory & { description: string } = { id: 'US-001', description: MARKER };
    folder = project.repository({
      stories: [story],
      checks: {
        test: "bash test/check.sh; status=$?; printf 'output-%s' of-the-check; exit $status",
      },
    });
  });
  afterAll(async () => {
    await project.close();
    await model.stop();
  });

  async function port(role: string): Promise<number> {
    const { stdout } = await project.run(folder, 'ps', '--json');
    const { processes } = JSON.parse(stdout) as { processes: PsProcess[] };
    return processes.find((process) => process.role === role)?.port ?? 0;
  }

  /** Histories of all workflows, as the server holds them. */
  async function histories() {
    const connection = await connectEmbedded(project.home);
    const client = new Client({ connection });
    const found = [];
    // not the client's own list: it would open memos
    const { executions } = await client.workflowService.listWorkflowExecutions({
      namespace: 'default',
    });
    for (const { execution } of executions ?? []) {
      const handle = client.workflow.getHandle(execution?.workflowId ?? '', execution?.runId ?? '');
      found.push(await handle.fetchHistory());
    }
    await connection.close();
    return found;
  }

  it('starts nothing while no Vault is known', async () => {
    const { code, stderr } = await project.run(folder, 'up');
    expect([code, stderr]).toEqual([2, expect.stringContaining('ERR_CODEC_VAULT')]);
  });

  it('leaves nothing of a story in histories, blobs, events, journal and the database', async () => {
    mkdirSync(join(project.home, 'vault'), { recursive: true });
    const run = await project.ralph(folder);
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringMatching(/warning/i)]);
    first = run.document;
    const events = (await histories()).flatMap((history) => history.events ?? []);
    expect(events.length).toBeGreaterThan(50);
    expect(events.filter((event) => holds(event, MARKER))).toEqual([]);
    expect(events.filter((event) => holds(event, 'binary/encrypted')).length).toBeGreaterThan(20);
    for (const place of ['blobs', 'events', 'journal', 'temporal']) {
      const files = filesBelow(join(project.home, place));
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => readFileSync(file).includes(MARKER))).toEqual([]);
    }
  });

  it('opens payloads of a history for whoever has the token', async () => {
    const inputs = (await histories()).map(inputOf).filter((input) => input !== undefined);
    const { stderr } = await project.run(folder, 'open', first.run_id, '--no-browser');
    const endpoint = /http:\S+\/codec\/\S+/.exec(stderr)?.[0] ?? '';
    const file = join(project.home, 'temporal/codec-token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token = readFileSync(file, 'utf8').trim();
    expect(endpoint).toBe(`http://127.0.0.1:${await port('worker')}/codec/${token}`);
    const body = JSON.stringify({ payloads: inputs });
    const ask = (url: string, headers: Record<string, string>) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
      });
    const plain = endpoint.replace(`/${token}`, '/decode');
    expect((await ask(plain, {})).status).toBe(401);
    for (const answer of [
      await ask(plain, { authorization: `Bearer ${token}` }),
      await ask(`${endpoint}/decode`, {}),
    ]) {
      const { payloads } = (await answer.json()) as { payloads: { data: string }[] };
      const texts = payloads.map(({ data }) => Buffer.from(data, 'base64').toString('utf8'));
      expect(texts.some((opened) => opened.includes(MARKER))).toBe(true);
    }
  });

  it('reads a run from before the key was rotated and the service was stopped', async () => {
    const keys = JSON.parse(readFileSync(join(project.home, 'vault/keys.json'), 'utf8')) as {
      root_token: string;
    };
    const root = createVaultClient({
      address: `http://127.0.0.1:${await port('vault')}`,
      auth: { kind: 'token', token: keys.root_token },
    });
    expect((await root.write('transit/keys/codetether/rotate', {})).status).toBeLessThan(300);
    root.close();
    await project.run(folder, 'down');
    expect((await project.run(folder, 'up')).code).toBe(0);
    const logs = await project.run(folder, 'runs', 'logs', first.run_id, '--json');
    expect([logs.code, logs.stdout]).toEqual([0, expect.stringContaining('US-001')]);
    const report = await project.run(folder, 'ralph', 'report', first.run_id);
    expect([report.code, report.stdout]).toEqual([0, expect.stringContaining(OUTPUT)]);
    const onDisk = readFileSync(join(project.home, 'runs', first.run_id, 'report.md'), 'utf8');
    expect([onDisk.includes('US-001'), onDisk.includes(OUTPUT)]).toEqual([true, false]);
    const doctor = await project.run(folder, 'doctor');
    expect(doctor.stdout + doctor.stderr).toMatch(
      /encryption.*on, key transit\/codetether of the local OpenBao, answers in \d+ ms/,
    );
    const check = await project.run(folder, 'cleanup', '--older-than', '30d', '--dry-run');
    expect(check.code).toBe(0);
  });

  it('goes on with an open run whose worker was killed, and can replay it for an upgrade', async () => {
    const other = project.repository({ stories: [{ id: 'US-002' }] });
    const seen = model.requests.length;
    const started = await project.run(
      other,
      'ralph',
      'run',
      '-p',
      'prd.json',
      '--detach',
      '--json',
    );
    const { run_id: runId } = JSON.parse(started.stdout) as RunDocument;
    await until(async () => model.requests.length > seen + 1);
    const check = await project.run(other, 'upgrade', 'check');
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('replays ')]);
    const { stdout } = await project.run(other, 'ps', '--json');
    const { processes } = JSON.parse(stdout) as { processes: PsProcess[] };
    const worker = processes.find(({ role }) => role === 'worker');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    const end = await project.run(other, 'attach', runId, '--json');
    expect([end.code, end.stdout]).toEqual([0, expect.stringContaining('passed')]);
  });

  it('names the setting that is missing when it was switched off', async () => {
    const text = readFileSync(project.config, 'utf8');
    writeFileSync(project.config, text.replace('enabled = true', 'enabled = false'));
    const logs = await project.run(folder, 'runs', 'logs', first.run_id);
    expect([logs.code, logs.stderr]).toEqual([3, expect.stringContaining('ERR_CODEC_OFF')]);
    writeFileSync(project.config, text);
  });
});

/** True when bytes or text anywhere in the value hold the marker. */
function holds(value: unknown, marker: string): boolean {
  if (typeof value === 'string') return value.includes(marker);
  if (value instanceof Uint8Array) return Buffer.from(value).includes(marker);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((part) => holds(part, marker));
}

interface RawPayload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}

/** The first input of a workflow in JSON, as a codec server gets it. */
function inputOf(history: {
  readonly events?:
    | {
        readonly workflowExecutionStartedEventAttributes?: {
          readonly input?: { readonly payloads?: RawPayload[] | null } | null;
        } | null;
      }[]
    | null;
}) {
  const payload =
    history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (payload === undefined) return undefined;
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(
      Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, text(value)]),
    ),
    data: text(payload.data ?? new Uint8Array()),
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
