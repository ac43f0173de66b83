import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Need } from './corpus-item.js';
import { pom, SUMS, SUMS_PATH, SUMS_TEST, SUMS_TEST_PATH } from './ecosystems/managed.js';

/** Exact versions: what a check prints, and which configuration it reads, must not drift. */
const NPM_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  jest: ['jest@30.5.2'],
  vitest: ['vitest@4.1.12'],
  mocha: ['mocha@11.8.0'],
  eslint: ['eslint@10.15.0', '@eslint/js@10.0.1'],
  typescript: ['typescript@6.0.3'],
  c8: ['c8@12.0.0'],
  chai: ['chai@6.3.0'],
};
const PIP_PACKAGES = [
  'pytest==9.2.0',
  'django==5.2.19',
  'ruff==0.17.6',
  'mypy==2.4.1',
  'rust-just==1.59.0',
];
/** Beside the packages that the tests themselves run on: kept between runs, gone with them. */
const TOOLS = fileURLToPath(new URL('../../node_modules/.cache/proof-tools', import.meta.url));
const INSTALL_LIMIT_MS = 300_000;

/** What makes a project's check runnable. */
export interface Tools {
  /** Shell command that puts the project's packages in place; empty when there is nothing to put. */
  readonly setup: string;
  /** Environment of set-up and check. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The tools for `needs`, from this machine and the registries; undefined when one is missing. */
export function toolsFor(needs: readonly Need[]): Tools | undefined {
  const setups: string[] = [];
  let isVirtual = false;
  for (const need of needs) {
    if (need.startsWith('npm:')) {
      const folder = npmFolder(need.slice(4));
      if (folder === undefined) return undefined;
      // hard links where the file system allows; what a story committed stays
      setups.push(`{ cp -aln '${folder}' . 2>/dev/null || cp -an '${folder}' .; }`);
    } else if (need.startsWith('pip:')) {
      if (virtualEnvironment() === undefined) return undefined;
      isVirtual = true;
    } else if (need === 'maven') {
      const folder = mavenRepository();
      if (folder === undefined) return undefined;
      setups.push(`cp -a '${folder}' .`);
    } else if (!isOnMachine(need)) return undefined;
  }
  const path = `${isVirtual ? `${join(TOOLS, 'python', 'bin')}:` : ''}${process.env['PATH'] ?? ''}`;
  return { setup: setups.join(' && '), environment: { ...plainEnvironment(), PATH: path } };
}

/** What a project's check sees: nothing of the test runner that started it. */
function plainEnvironment(): Record<string, string> {
  const kept = [
    'HOME',
    'TMPDIR',
    'LANG',
    'GOCACHE',
    'GOMODCACHE',
    'GOPATH',
    'CARGO_HOME',
    'RUSTUP_HOME',
    'PYENV_ROOT',
    'JAVA_HOME',
  ];
  const found = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(found),
    CI: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    npm_config_userconfig: '/dev/null',
  };
}

const PROBES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  node: [
    ['node', '--version'],
    ['npm', '--version'],
  ],
  python: [['python3', '--version']],
  make: [
    ['make', '--version'],
    ['node', '--version'],
  ],
  go: [['go', 'version']],
  cargo: [
    ['cargo', '--version'],
    ['cc', '--version'],
  ],
  clippy: [['cargo', 'clippy', '--version']],
  ruby: [['ruby', '-rminitest', '-e', '1']],
  rspec: [['rspec', '--version']],
  phpunit: [['phpunit', '--version']],
  gradle: [
    ['gradle', '--version'],
    ['ls', '/usr/share/java/junit4.jar', '/usr/share/java/hamcrest-core.jar'],
  ],
  cmake: [
    ['cmake', '--version'],
    ['ctest', '--version'],
    ['make', '--version'],
    ['c++', '--version'],
  ],
};

/** True when every program behind `need` answers: a proxy of its manager may be on PATH without any toolchain behind it. */
function isOnMachine(need: string): boolean {
  const probes = PROBES[need] ?? [];
  return probes.every(([program = '', ...args]) => runs(program, args));
}

function npmFolder(name: string): string | undefined {
  const packages = NPM_PACKAGES[name] ?? [];
  const folder = installed(
    `${name}-${packages.join('-').replaceAll(/[^\w.-]/g, '_')}`,
    (target) => {
      writeFileSync(join(target, 'package.json'), '{"private":true}\n');
      return runs('npm', [
        'install',
        '--no-audit',
        '--no-fund',
        '--prefer-offline',
        '--prefix',
        target,
        ...packages,
      ]);
    },
  );
  return folder === undefined ? undefined : join(folder, 'node_modules');
}

/** What one build with JUnit needs, so that others can do without network. */
function mavenRepository(): string | undefined {
  const folder = installed('maven-3.2.5-5.10.2', (target) => {
    const build = join(target, 'build');
    for (const [path, text] of Object.entries({
      'pom.xml': pom(),
      [SUMS_PATH]: SUMS,
      [SUMS_TEST_PATH]: SUMS_TEST,
    })) {
      mkdirSync(dirname(join(build, path)), { recursive: true });
      writeFileSync(join(build, path), text);
    }
    const local = `-Dmaven.repo.local=${join(target, '.m2')}`;
    return runs('mvn', ['-B', '-q', '-f', join(build, 'pom.xml'), local, 'test']);
  });
  return folder === undefined ? undefined : join(folder, '.m2');
}

function virtualEnvironment(): string | undefined {
  const target = join(TOOLS, 'python');
  const done = join(target, '.complete');
  if (existsSync(done)) return target;
  rmSync(target, { recursive: true, force: true });
  // a virtual environment cannot be moved once made: its marker tells a whole one
  const isMade =
    runs('python3', ['-m', 'venv', target]) &&
    runs(join(target, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...PIP_PACKAGES,
    ]);
  if (!isMade) return undefined;
  writeFileSync(done, '');
  return target;
}

/** A folder below the tools' that `install` filled, whole or not at all. */
function installed(name: string, install: (target: string) => boolean): string | undefined {
  const target = join(TOOLS, name);
  if (existsSync(target)) return target;
  const half = `${target}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  if (!install(half)) {
    rmSync(half, { recursive: true, force: true });
    return undefined;
  }
  if (existsSync(target)) rmSync(half, { recursive: true, force: true });
  else renameSync(half, target);
  return target;
}

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, [...args], { stdio: 'ignore', timeout: INSTALL_LIMIT_MS }).status === 0;
}
