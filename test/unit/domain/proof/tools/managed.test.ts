import { describe, expect, it } from 'vitest';
import { answersOf, expectedOf, type ToolExamples } from '../../../../support/tool-examples.js';

const JVM_TESTS = [
  'src/test/java/a/Helper.java',
  'src/test/resources/a.json',
  'a/AdderTest.java',
  'a/AdderTests.kt',
  'a/AdderSpec.groovy',
  'a/AdderTestCase.java',
  'a/AdderIT.java',
  'a/TestAdder.java',
];
const JVM_PRODUCT = [
  'src/main/java/a/Latest.java',
  'src/main/java/a/Contest.java',
  'src/main/java/a/GIT.java',
  'src/main/java/a/TestResult.java',
  'src/main/java/a/Testing.java',
];

const TOOLS: Readonly<Record<string, ToolExamples>> = {
  Maven: {
    kind: 'test',
    starts: ['mvn test', './mvnw -q verify', 'mvnd test', 'mvn'],
    startsNot: ['mvnx', 'cat mvn.md', 'ls .mvn/wrapper'],
    tests: JVM_TESTS,
    configuration: ['pom.xml', 'sub/pom.xml', '.mvn/maven.config', 'mvnw'],
    artefacts: ['target/classes/A.class', 'target/surefire-reports/a.xml', 'lib/a.jar'],
    product: JVM_PRODUCT,
  },
  Gradle: {
    kind: 'test',
    starts: ['gradle test', './gradlew check', 'sh gradlew test'],
    startsNot: ['cat gradle.properties', 'ls gradle/wrapper'],
    tests: [...JVM_TESTS, 'src/integrationTest/kotlin/A.kt'],
    configuration: [
      'build.gradle.kts',
      'settings.gradle',
      'gradle.properties',
      'buildSrc/a.kt',
      'gradlew',
    ],
    artefacts: ['.gradle/x', 'A.class'],
    product: JVM_PRODUCT,
  },
  RSpec: {
    kind: 'test',
    starts: ['rspec', 'bundle exec rspec spec', 'bin/rspec'],
    startsNot: ['cat .rspec', 'rspec-core'],
    tests: ['spec/add_spec.rb', 'spec/spec_helper.rb', 'lib/add_spec.rb'],
    configuration: ['.rspec', '.rspec-local'],
    product: ['lib/spec.rb', 'lib/inspec.rb'],
  },
  minitest: {
    kind: 'test',
    starts: ['rake test', 'bin/rails test', 'ruby -Itest test/add_test.rb', 'ruby test_add.rb'],
    startsNot: ['rakes', 'rails server', 'ruby app.rb'],
    tests: ['test/add_test.rb', 'lib/add_test.rb', 'test/helper.rb'],
    configuration: ['Rakefile', 'lib/tasks/a.rake'],
    product: ['lib/latest.rb', 'lib/attest.rb'],
  },
  PHPUnit: {
    kind: 'test',
    starts: ['vendor/bin/phpunit', 'php phpunit.phar', './vendor/bin/pest', 'php artisan test'],
    startsNot: ['cat phpunit.xml', 'ls tempest'],
    tests: ['tests/AddTest.php', 'src/AddTest.php', 'test/bootstrap.php'],
    configuration: ['phpunit.xml', 'phpunit.xml.dist', 'phpunit.ci.xml', 'Pest.php'],
    artefacts: ['.phpunit.cache/x', '.phpunit.result.cache'],
    product: ['src/Latest.php', 'src/Contest.php', 'src/Testing.php'],
  },
  PHPStan: {
    kind: 'types',
    starts: ['vendor/bin/phpstan analyse', 'psalm', 'phpcs src'],
    startsNot: ['cat phpstan.neon'],
    configuration: [
      'phpstan.neon',
      'phpstan.dist.neon',
      'psalm.xml',
      'phpcs.xml.dist',
      '.phpcs.xml',
    ],
    product: ['src/Psalm.php'],
  },
  'dotnet test': {
    kind: 'test',
    starts: ['dotnet test', 'dotnet vstest a.dll'],
    startsNot: ['dotnet build', 'dotnet testing'],
    tests: ['App.Tests/AddTests.cs', 'AddTest.cs', 'AddTests.swift'],
    configuration: ['Directory.Build.props', 'a.runsettings', 'global.json'],
    artefacts: ['App/bin/Debug/App.exe', 'lib/App.dll'],
    product: ['App/Latest.cs', 'App/Contest.cs', 'Latest/App.cs'],
  },
  'mix test': {
    kind: 'test',
    starts: ['mix test', 'MIX_ENV=test mix test', 'flutter test', 'swift test', 'dart test'],
    startsNot: ['mix deps.get', 'remix test', 'mix testing'],
    tests: ['test/add_test.exs', 'lib/add_test.dart', 'test/test_helper.exs'],
    configuration: ['mix.exs', '.formatter.exs', 'dart_test.yaml'],
    product: ['lib/latest.ex', 'lib/contest.dart'],
  },
};

describe('the rows of Java, Ruby, PHP, .NET, Elixir, Dart and Swift', () => {
  it.each(Object.entries(TOOLS))('%s: what starts it, and which files are its own', (tool, row) => {
    expect(answersOf(tool, row)).toEqual(expectedOf(row));
  });
});
