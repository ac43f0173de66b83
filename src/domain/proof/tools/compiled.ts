import { starts } from './starts.js';
import type { ToolRow } from './tool-row.js';

/** Go, Rust, C and C++. */
export const COMPILED_TOOLS: readonly ToolRow[] = [
  {
    tool: 'go test',
    kind: 'test',
    languages: ['go'],
    starts: starts(['gotestsum'], /\bgo\s+(?:-C\s*\S{1,200}\s+)?test(?=[\s;&|)'"]|$)/),
    tests: [/_test\.go$/, /(^|\/)(testdata|fixtures|tests?|e2e)\//],
    configuration: [/(^|\/)go\.work(\.sum)?$/, /(^|\/)go\.env$/],
    artefacts: [/\.syso$/, /\.test$/],
    count: {
      summary: /^ {0,40}--- (?:PASS|FAIL|SKIP): /,
      passed: /--- PASS: /,
      none: {
        line: /\[no test files\]$|\[no tests to run\]$/,
        unless: /^ok\s+\S+\s+(?:[\d.]+s|\(cached\))(?! +\[no tests to run\])/,
      },
    },
    countingEnv: { GOFLAGS: '-v' },
  },
  {
    tool: 'go vet',
    kind: 'lint',
    languages: ['go'],
    starts: starts(
      ['golangci-lint', 'staticcheck'],
      /\bgo\s+(?:-C\s*\S{1,200}\s+)?vet(?=[\s;&|)'"]|$)/,
    ),
    configuration: [/(^|\/)\.golangci\.(ya?ml|toml|json)$/, /(^|\/)staticcheck\.conf$/],
  },
  {
    tool: 'cargo test',
    kind: 'test',
    languages: ['rust'],
    starts: cargo('test|t|nextest|llvm-cov|tarpaulin'),
    tests: [
      /(^|\/)(tests|testdata|fixtures|benches)\//,
      /(^|\/)tests?\.rs$/,
      /_tests?\.rs$/,
      /\.snap$/,
    ],
    configuration: [
      /(^|\/)\.cargo\/config(\.toml)?$/,
      /(^|\/)(rust-toolchain(\.toml)?|build\.rs|nextest\.toml)$/,
    ],
    artefacts: [/(^|\/)target\/(debug|release|CACHEDIR)/],
    count: { summary: /^test result: |^ {0,10}Summary \[/, passed: /(\d{1,12}) passed/ },
  },
  {
    tool: 'clippy',
    kind: 'lint',
    languages: ['rust'],
    starts: cargo('clippy|check|c|build|b'),
    configuration: [/(^|\/)\.?(clippy|rustfmt)\.toml$/],
  },
  {
    tool: 'ctest',
    kind: 'test',
    languages: ['cpp'],
    starts: starts(['ctest'], /\s--target[ =](?:test|check)(?=[\s;&|)'"]|$)/),
    tests: [
      /(^|\/)(tests?|testdata|fixtures)\//,
      /(^|\/)test(?!ing|imon|ament|bed|ers?\.|ify)[^/]*\.(c|cc|cpp|cxx|h|hpp)$/,
      /_test\.(c|cc|cpp|cxx)$/,
    ],
    configuration: [
      /(^|\/)(CMakeLists\.txt|CMake(User)?Presets\.json|CTest(Config|Custom|TestFile)\.cmake)$/,
      /\.cmake$/,
    ],
    artefacts: [/(^|\/)CMakeCache\.txt$/, /(^|\/)CMakeFiles\//, /\.(o|a|gch|pch)$/],
    // line by line: its last line counts skipped and disabled tests as passed
    count: {
      summary: /^ {0,10}\d+\/\d+ Test {1,10}#\d+: |^No tests were found/,
      passed: / Passed {1,10}\d{1,9}\.\d\d sec$/,
    },
  },
];

/** The subcommand behind a toolchain and options. */
function cargo(commands: string): RegExp {
  return new RegExp(
    String.raw`\bcargo\s+(?:\+\S{1,100}\s+)?(?:-\S{1,200}\s+(?:[^-\s]\S{0,200}\s+)?){0,5}?(?:${commands})(?=[\s;&|)'"]|$)`,
    'm',
  );
}

/** Programs that only start others, by a recipe. */
export const RECIPE_TOOLS: readonly ToolRow[] = [
  {
    tool: 'make',
    kind: 'recipe',
    languages: ['cpp'],
    starts: starts(['g?make']),
    configuration: [/(^|\/)(GNUmakefile|[Mm]akefile)(\.[a-z]+)?$/, /\.mk$/],
  },
  {
    tool: 'just',
    kind: 'recipe',
    languages: [],
    starts: starts(['just', 'task', 'rake', 'invoke']),
    configuration: [/(^|\/)(\.?[jJ]ustfile|Taskfile\.ya?ml|Rakefile)$/, /^tasks\.py$/, /\.just$/],
  },
  {
    tool: 'bats',
    kind: 'test',
    languages: [],
    starts: starts(['bats']),
    tests: [/\.bats$/, /\.feature$/],
    count: 'tap',
  },
  {
    tool: 'pre-commit',
    kind: 'recipe',
    languages: [],
    starts: starts(['pre-commit']),
    configuration: [/(^|\/)\.pre-commit-config\.yaml$/],
  },
];
