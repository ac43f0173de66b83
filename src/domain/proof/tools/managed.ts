import { starts } from './starts.js';
import type { ToolRow } from './tool-row.js';

/** Names that Surefire and Failsafe look for, but for classes of the product. */
const JVM_TESTS = [
  /(?:^|\/|[a-z0-9_])(?:Tests?|TestCase|Spec)\.(java|kt|scala|groovy)$/,
  /[a-z0-9]IT\.(java|kt|scala|groovy)$/,
  /^(?!.{0,400}src\/main\/)(?:.*\/)?Test[A-Z][^/]*\.(java|kt|scala|groovy)$/,
];

/** Java, Kotlin, Ruby, PHP, .NET, Elixir, Dart and Swift. */
export const MANAGED_TOOLS: readonly ToolRow[] = [
  {
    tool: 'Maven',
    kind: 'test',
    languages: ['java'],
    starts: starts(['mvn[wd]?']),
    tests: [/(^|\/)src\/(test|it)\//, ...JVM_TESTS],
    configuration: [/(^|\/)pom\.xml$/, /(^|\/)\.mvn\//, /(^|\/)mvnw(\.cmd)?$/],
    artefacts: [/(^|\/)target\/(classes|test-classes|surefire-reports)\//, /\.(class|jar)$/],
    count: {
      summary: /Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+$/,
      passed: /Tests run: (\d+)/,
      minus: {
        line: /Tests run: \d{1,9}, Failures: \d{1,9}, Errors: \d{1,9}, Skipped: \d{1,9}$/,
        number: /(?:Failures|Errors|Skipped): (\d+)/g,
      },
    },
  },
  {
    tool: 'Gradle',
    kind: 'test',
    languages: ['java'],
    starts: starts(['gradlew?']),
    tests: [/(^|\/)src\/(?:[a-z]{1,30}T|t)est[A-Za-z]{0,30}\//, ...JVM_TESTS],
    configuration: [
      /(^|\/)(build|settings|init)\.gradle(\.kts)?$/,
      /\.gradle(\.kts)?$/,
      /(^|\/)gradle\.properties$/,
      /(^|\/)gradle\/wrapper\//,
      /(^|\/)gradlew(\.bat)?$/,
      /(^|\/)(buildSrc|build-logic)\//,
    ],
    artefacts: [/(^|\/)\.gradle\//, /\.(class|jar)$/],
  },
  {
    tool: 'RSpec',
    kind: 'test',
    languages: ['ruby'],
    starts: starts(['rspec']),
    tests: [/(^|\/)spec\//, /_spec\.rb$/],
    configuration: [/(^|\/)\.rspec(-local)?$/],
    count: {
      summary: /^\d+ examples?, \d+ failures?/,
      passed: /^(\d{1,12}) examples?/,
      minus: { line: /^\d+ examples?, /, number: /, (\d{1,12}) (?:failures?|pending)\b/g },
    },
  },
  {
    tool: 'minitest',
    kind: 'test',
    languages: ['ruby'],
    starts: starts(['rake', 'minitest'], /\brails\s+test\b|_test\.rb\b|\btest_\w{1,60}\.rb\b/),
    tests: [/(^|\/)test\//, /_test\.rb$/],
    configuration: [/(^|\/)Rakefile$/, /\.rake$/],
    count: {
      summary: /^\d+ (?:runs|tests), \d+ assertions/,
      passed: /^(\d{1,12}) /,
      minus: { line: /^\d+ (?:runs|tests), /, number: /, (\d{1,12}) (?:failures|errors|skips)\b/g },
    },
  },
  {
    tool: 'PHPUnit',
    kind: 'test',
    languages: ['php'],
    starts: starts(['(?:simple-)?phpunit(?:\\.phar)?', 'pest', 'paratest'], /\bartisan\s+test\b/),
    tests: [/(^|\/)tests?\//, /Test\.php$/],
    configuration: [/(^|\/)(phpunit[^/]*\.xml(\.dist)?|Pest\.php)$/],
    artefacts: [/(^|\/)\.phpunit\.(result\.)?cache/],
    count: {
      summary: /^(?:OK \(\d+ tests?|Tests: \d+, |No tests executed)/,
      passed: /(?:OK \(|Tests: )(\d+)/,
      minus: { line: /^Tests: /, number: /(?:Failures|Errors|Skipped|Incomplete): (\d+)/g },
    },
  },
  {
    tool: 'PHPStan',
    kind: 'types',
    languages: ['php'],
    starts: starts(['phpstan(?:\\.phar)?', 'psalm', 'phpcs']),
    configuration: [
      /(^|\/)(phpstan[^/]*\.neon(\.dist)?|psalm\.xml(\.dist)?|\.?phpcs\.xml(\.dist)?)$/,
    ],
  },
  {
    tool: 'dotnet test',
    kind: 'test',
    languages: [],
    starts: starts([], /\bdotnet\s+(?:vs)?test\b/),
    tests: [/(^|\/)[^/]*Tests?\//, /Tests?\.cs$/, /Tests?\.swift$/],
    configuration: [
      /(^|\/)(Directory\.Build\.(props|targets)|[^/]+\.runsettings|nuget\.config|global\.json)$/,
    ],
    artefacts: [/(^|\/)(bin|obj)\/(Debug|Release)\//, /\.dll$/],
    count: { summary: /Passed: {1,20}\d/, passed: /Passed: {1,20}(\d+)/ },
  },
  {
    tool: 'mix test',
    kind: 'test',
    languages: [],
    starts: starts([], /\b(?:mix|dart|flutter|swift)\s+test\b/),
    tests: [/_test\.(exs?|dart)$/, /(^|\/)test\//],
    configuration: [/(^|\/)(mix\.exs|\.formatter\.exs|dart_test\.yaml)$/],
    count: {
      summary: /^(?:\d+ (?:doctests?|propert(?:y|ies)), )*\d+ tests?, \d+ failures?\b/,
      passed: /(\d{1,12}) (?:doctests?|propert(?:y|ies)|tests?)\b/,
      minus: {
        line: /^\d+ [a-z, \d]{1,80}\d+ failures?\b/,
        number: /(\d{1,12}) (?:failures?|excluded|skipped|invalid)\b/g,
      },
    },
  },
];
