import { rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkBaseline } from '../../src/activities/proof/check-baseline.js';
import { proveStory } from '../../src/activities/proof/prove-story.js';
import { beginStory } from '../../src/activities/workspace/begin-story.js';
import { processEnvironment } from '../../src/config/light/environment.js';
import { detectCaches } from '../../src/domain/build-cache.js';
import { NO_SETUP, type WorkspaceSetup } from '../../src/domain/workspace-setup.js';
import { type Evidence } from '../../src/domain/proof/check.js';
import { findExecutable } from '../../src/platform/process/find-executable.js';
import { setHostEnvironment } from '../../src/platform/process/host-environment.js';
import { ralphBench, storyInput, type RalphBench } from '../support/ralph-bench.js';
import { isToolchainUsable } from '../support/toolchain.js';

beforeAll(() => setHostEnvironment(processEnvironment()));

/** What the engine saw of one tree. */
interface Seen {
  readonly verdict: string;
  readonly exitCodes: readonly (number | null)[];
  readonly output: string;
}

/** A run on a repository, with the build caches that a plan would give it. */
class CachedRun {
  private step = 0;
  private readonly bench: RalphBench;
  private readonly setup: WorkspaceSetup;
  private readonly commands: readonly string[];

  private constructor(bench: RalphBench, setup: WorkspaceSetup, commands: readonly string[]) {
    this.bench = bench;
    this.setup = setup;
    this.commands = commands;
  }

  static async on(
    files: Readonly<Record<string, string>>,
    ...commands: readonly string[]
  ): Promise<CachedRun> {
    const isThere = (program: string): boolean => findExecutable(program) !== undefined;
    const caches = [...detectCaches(Object.keys(files), isThere).caches];
    return new CachedRun(await ralphBench(files), { ...NO_SETUP, caches }, commands);
  }

  private get checks() {
    return this.commands.map((command, at) => ({
      name: `check-${at}`,
      command,
      timeoutMs: 120_000,
    }));
  }

  async baseline(): Promise<Seen> {
    const { work, prepared, base } = this.bench;
    const { evidence } = await checkBaseline(work, {
      key: { scope: 'baseline', step: 1, index: 0 },
      proofLane: prepared.proofLane,
      base,
      checks: this.checks,
      setup: this.setup,
    });
    return this.seen('baseline', evidence);
  }

  /** A story whose agent leaves these files, each with a time of long ago. */
  async story(change: (bench: RalphBench) => Promise<void>): Promise<Seen> {
    const { work, prepared, base } = this.bench;
    this.step += 1;
    await beginStory(work, storyInput(this.bench, { setup: this.setup }));
    await change(this.bench);
    const proof = await proveStory(work, {
      key: { scope: 'story', step: this.step, index: 0 },
      lane: prepared.lane,
      proofLane: prepared.proofLane,
      base,
      checks: this.checks,
      statePaths: prepared.statePaths,
      allowCheckChanges: true,
      setup: this.setup,
    });
    return this.seen(proof.verdict, proof.evidence);
  }

  private async seen(verdict: string, evidence: readonly Evidence[]): Promise<Seen> {
    const { blobs } = this.bench.dependencies;
    const outputs = await Promise.all(evidence.map(({ output }) => blobs.getText(output)));
    return {
      verdict,
      exitCodes: evidence.map(({ exitCode }) => exitCode),
      output: outputs.join(''),
    };
  }
}

async function writeOld(bench: RalphBench, path: string, content: string): Promise<void> {
  await bench.write(path, content);
  await utimes(join(bench.lane.root, path), 1, 1);
}

const LIB = (value: number): string =>
  `pub fn value() -> u32 {\n    ${value}\n}\n\n#[test]\nfn is_one() {\n    assert_eq!(value(), 1);\n}\n`;
const CARGO_FILES = {
  '.gitignore': 'target/\n.cargo/\n',
  'Cargo.toml':
    '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\npart = { path = "part" }\n',
  'Cargo.lock':
    'version = 3\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\ndependencies = ["part"]\n\n[[package]]\nname = "part"\nversion = "0.1.0"\n',
  'part/Cargo.toml': '[package]\nname = "part"\nversion = "0.1.0"\nedition = "2021"\n',
  'part/src/lib.rs': LIB(1),
  'src/lib.rs': 'pub use part::value;\n',
  'src/main.rs': 'fn main() {\n    println!("value {}", demo::value());\n}\n',
  'tests/value.rs': '#[test]\nfn is_one() {\n    assert_eq!(demo::value(), 1);\n}\n',
};
/** A tool that restores times from somewhere, as some people's scripts do. */
const RESTORE_TIMES = 'find . -name "*.rs" -exec touch -d 2000-01-01 {} +';
const CARGO_TEST = 'cargo test --offline --workspace 2>&1';

describe.skipIf(!isToolchainUsable('cargo'))('build caches of cargo', () => {
  it('compile nothing where nothing changed, and show the programs that a check looks for', async () => {
    const run = await CachedRun.on(CARGO_FILES, CARGO_TEST, 'target/debug/demo');
    expect(await run.baseline()).toMatchObject({ exitCodes: [0, 0] });
    const seen = await run.story((bench) => bench.write('notes.txt', 'x\n'));
    expect(seen).toMatchObject({ verdict: 'passed', exitCodes: [0, 0] });
    expect(seen.output).not.toContain('Compiling');
    expect(seen.output).toContain('value 1');
  });

  it('fail a broken function, whatever times its file was given, by the agent and between checks', async () => {
    const run = await CachedRun.on(CARGO_FILES, RESTORE_TIMES, CARGO_TEST);
    await run.baseline();
    const seen = await run.story((bench) => writeOld(bench, 'part/src/lib.rs', LIB(2)));
    expect(seen).toMatchObject({ verdict: 'failed', exitCodes: [0, 101] });
    expect(seen.output).toContain('left: 2');
  });

  it('fail a broken test of the same length', async () => {
    const run = await CachedRun.on(CARGO_FILES, RESTORE_TIMES, CARGO_TEST);
    await run.baseline();
    const broken = CARGO_FILES['tests/value.rs'].replace('value(), 1', 'value(), 3');
    const seen = await run.story((bench) => writeOld(bench, 'tests/value.rs', broken));
    expect(seen).toMatchObject({ verdict: 'failed', exitCodes: [0, 101] });
  });

  it('have no product of a target that a story removed', async () => {
    const run = await CachedRun.on(CARGO_FILES, CARGO_TEST, 'target/debug/demo');
    await run.baseline();
    const seen = await run.story((bench) => rm(join(bench.lane.root, 'src/main.rs')));
    expect(seen).toMatchObject({ verdict: 'failed', exitCodes: [0, 127] });
  });

  it('serve a check that begins with a clean build', async () => {
    const run = await CachedRun.on(CARGO_FILES, `rm -rf target && ${CARGO_TEST}`);
    await run.baseline();
    expect(await run.story((bench) => bench.write('notes.txt', 'x\n'))).toMatchObject({
      verdict: 'passed',
      exitCodes: [0],
    });
  });

  it('know nothing of wrappers that an agent planted outside of its files', async () => {
    const run = await CachedRun.on(CARGO_FILES, CARGO_TEST);
    await run.baseline();
    const evil = '[build]\nrustc-wrapper = "/bin/true"\n';
    const seen = await run.story(async (bench) => {
      await bench.write('.cargo/config.toml', evil);
      await bench.write('../state/home/.cargo/config.toml', evil);
      await bench.write('part/src/lib.rs', LIB(2));
    });
    expect(seen).toMatchObject({ verdict: 'failed', exitCodes: [101] });
  });
});

const GO_FILES = {
  'go.mod': 'module example.org/demo\n\ngo 1.20\n',
  'value.go': 'package demo\n\n// Value is one.\nfunc Value() int { return 1 }\n',
  'value_test.go':
    'package demo\n\nimport "testing"\n\nfunc TestValue(t *testing.T) {\n\tif Value() != 1 {\n\t\tt.Fatal(Value())\n\t}\n}\n',
};

describe.skipIf(!isToolchainUsable('go'))('build caches of Go', () => {
  it('answer an unchanged test at once, and fail a changed one of the same length and time', async () => {
    const run = await CachedRun.on(GO_FILES, 'go test ./...');
    expect(await run.baseline()).toMatchObject({ exitCodes: [0] });
    const same = await run.story((bench) => bench.write('notes.txt', 'x\n'));
    expect(same.output).toContain('(cached)');
    const broken = GO_FILES['value.go'].replace('return 1', 'return 2');
    expect(await run.story((bench) => writeOld(bench, 'value.go', broken))).toMatchObject({
      verdict: 'failed',
      exitCodes: [1],
    });
  });
});

const CMAKE_FILES = {
  '.gitignore': 'build/\n',
  'CMakeLists.txt':
    'cmake_minimum_required(VERSION 3.16)\nproject(demo C)\nenable_testing()\nfile(GLOB parts *.c)\nadd_executable(demo ${parts})\nadd_test(NAME demo COMMAND demo)\n',
  'main.c': 'int value(void);\nint main(void) { return value() - 1; }\n',
  'value.c': 'int value(void) { return 1; }\n',
};
const CMAKE_BUILD = 'cmake --build build && ctest --test-dir build --output-on-failure';
const CMAKE = `cmake -S . -B build && ${CMAKE_BUILD}`;

describe.skipIf(!isToolchainUsable('cmake'))('build caches of CMake', () => {
  it('compile nothing where nothing changed', async () => {
    const run = await CachedRun.on(CMAKE_FILES, CMAKE);
    expect(await run.baseline()).toMatchObject({ exitCodes: [0] });
    const seen = await run.story((bench) => bench.write('notes.txt', 'x\n'));
    expect(seen).toMatchObject({ verdict: 'passed' });
    expect(seen.output).toContain('Linking');
    expect(seen.output).not.toContain('Building C object');
  });

  it('fail a changed file whose time lies in the past', async () => {
    const run = await CachedRun.on(CMAKE_FILES, 'touch -d 2000-01-01 *.c CMakeLists.txt', CMAKE);
    await run.baseline();
    const broken = CMAKE_FILES['value.c'].replace('return 1', 'return 2');
    expect(await run.story((bench) => writeOld(bench, 'value.c', broken))).toMatchObject({
      verdict: 'failed',
      exitCodes: [0, 8],
    });
  });

  it('see a file that a pattern names now, where a check configures only once', async () => {
    const run = await CachedRun.on(
      CMAKE_FILES,
      `[ -d build ] || cmake -S . -B build; ${CMAKE_BUILD}`,
    );
    await run.baseline();
    const seen = await run.story(async (bench) => {
      const { root } = bench.lane;
      await rename(join(root, 'value.c'), join(root, 'other.c'));
      await bench.write('other.c', 'int value(void) { return 2; }\n');
    });
    expect(seen).toMatchObject({ verdict: 'failed', exitCodes: [8] });
  });

  it('serve a check that begins with a new build tree', async () => {
    const run = await CachedRun.on(CMAKE_FILES, `rm -rf build && ${CMAKE}`);
    await run.baseline();
    expect(await run.story((bench) => bench.write('notes.txt', 'x\n'))).toMatchObject({
      verdict: 'passed',
    });
  });
});

describe.skipIf(!isToolchainUsable('ccache'))('build caches of C and C++', () => {
  it('serve a makefile that names the compiler by its usual name', async () => {
    const files = {
      '.gitignore': '*.o\ndemo\n',
      Makefile: 'demo: main.c value.c\n\tcc -c main.c value.c\n\tcc -o demo main.o value.o\n',
      'main.c': CMAKE_FILES['main.c'],
      'value.c': CMAKE_FILES['value.c'],
    };
    const statistics = 'ccache -s | grep -i hits';
    const run = await CachedRun.on(
      {
        ...files,
        Makefile: files.Makefile.replace('cc -c main.c value.c', 'cc -c main.c\n\tcc -c value.c'),
      },
      `ccache -z >/dev/null; make && ./demo && ${statistics}`,
    );
    expect(await run.baseline()).toMatchObject({ exitCodes: [0] });
    const seen = await run.story((bench) => bench.write('notes.txt', 'x\n'));
    expect(seen.output).toMatch(/Hits:\s+2 \/\s+2 \(100/);
    const broken = files['value.c'].replace('return 1', 'return 2');
    expect(await run.story((bench) => writeOld(bench, 'value.c', broken))).toMatchObject({
      verdict: 'failed',
    });
  });
});
