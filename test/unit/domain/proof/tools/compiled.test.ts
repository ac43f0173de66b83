import { describe, expect, it } from 'vitest';
import { answersOf, expectedOf, type ToolExamples } from '../../../../support/tool-examples.js';

const TOOLS: Readonly<Record<string, ToolExamples>> = {
  'go test': {
    kind: 'test',
    starts: [
      'go test ./...',
      'go -C sub test',
      'gotestsum',
      'GOFLAGS=-v go test',
      'cd a && go test',
    ],
    startsNot: ['cargo test', 'go testdata', 'mongo test', 'go build ./test'],
    tests: ['add_test.go', 'pkg/add_test.go', 'pkg/testdata/golden.txt', 'e2e/run.go'],
    configuration: ['go.work', 'go.work.sum', 'go.env'],
    artefacts: ['pkg/x.syso', 'pkg.test'],
    product: ['latest.go', 'contest.go', 'testing.go', 'test_add.go', 'go.md'],
  },
  'go vet': {
    kind: 'lint',
    starts: ['go vet ./...', 'golangci-lint run', 'staticcheck ./...'],
    startsNot: ['go vetting', 'cargo vet'],
    configuration: ['.golangci.yml', '.golangci.toml', 'staticcheck.conf'],
    product: ['vet.go'],
  },
  'cargo test': {
    kind: 'test',
    starts: [
      'cargo test',
      'cargo t --all',
      'cargo +nightly test',
      'cargo --locked test',
      'cargo --config net.offline=true test',
      'cargo nextest run',
      'cargo llvm-cov nextest',
    ],
    startsNot: ['cargo build --features test', 'cargo testing', 'cargo clippy --tests', 'go test'],
    tests: [
      'tests/add.rs',
      'src/tests.rs',
      'src/test.rs',
      'src/add_test.rs',
      'src/s.snap',
      'benches/b.rs',
    ],
    configuration: ['.cargo/config.toml', '.cargo/config', 'rust-toolchain.toml', 'build.rs'],
    artefacts: ['target/debug/x', 'target/release/x'],
    product: ['src/latest.rs', 'src/contest.rs', 'src/target.rs', 'src/testing.rs'],
  },
  clippy: {
    kind: 'lint',
    starts: ['cargo clippy -- -D warnings', 'cargo check', 'cargo --frozen build', 'cargo b'],
    startsNot: ['cargo test', 'cargo bench', 'cargo run -- check'],
    configuration: ['clippy.toml', '.clippy.toml', 'rustfmt.toml'],
    product: ['src/clippy.rs'],
  },
  ctest: {
    kind: 'test',
    starts: ['ctest', 'cd build && ctest --output-on-failure', 'cmake --build build --target test'],
    startsNot: ['cmake --build build', 'pctest', 'ctest-report', 'cmake -S test -B build'],
    tests: ['tests/add.cpp', 'test_add.cpp', 'testadd.c', 'src/add_test.cc', 'fixtures/in.txt'],
    configuration: ['CMakeLists.txt', 'src/CMakeLists.txt', 'CMakePresets.json', 'cmake/a.cmake'],
    artefacts: ['build/CMakeCache.txt', 'build/CMakeFiles/x', 'src/add.o', 'lib/a.a'],
    product: ['src/latest.cpp', 'src/testing.h', 'src/tester.cpp', 'src/contest.c'],
  },
  make: {
    kind: 'recipe',
    starts: ['make', 'make -j4 test', 'gmake check', 'cd a && make', '(make)'],
    startsNot: ['cmake .', 'node src/make/x.js', './make-it.sh', 'makefile', 'remake'],
    configuration: ['Makefile', 'GNUmakefile', 'sub/makefile', 'Makefile.am', 'rules.mk'],
    product: ['src/make.ts', 'src/maker.c'],
  },
  just: {
    kind: 'recipe',
    starts: ['just test', 'task test', 'rake', 'invoke test'],
    startsNot: ['justify', 'node tasks/run.js', 'multitask'],
    configuration: [
      'justfile',
      '.justfile',
      'Justfile',
      'Taskfile.yml',
      'Rakefile',
      'tasks.py',
      'ci.just',
    ],
    product: ['app/tasks.py', 'src/just.ts'],
  },
  bats: {
    kind: 'test',
    starts: ['bats test', './node_modules/.bin/bats .'],
    startsNot: ['bats-core-install', 'combats'],
    tests: ['add.bats', 'features/login.feature'],
    product: ['src/bats.sh'],
  },
  'pre-commit': {
    kind: 'recipe',
    starts: ['pre-commit run --all-files'],
    startsNot: ['.git/hooks/pre-commit.sample', 'pre-commits'],
    configuration: ['.pre-commit-config.yaml'],
    product: ['pre-commit.md'],
  },
};

describe('the rows of Go, Rust, C and C++, and of recipes', () => {
  it.each(Object.entries(TOOLS))('%s: what starts it, and which files are its own', (tool, row) => {
    expect(answersOf(tool, row)).toEqual(expectedOf(row));
  });
});
