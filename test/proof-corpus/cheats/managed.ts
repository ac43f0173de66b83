import type { Cheat } from '../corpus-item.js';
import {
  BUILD_GRADLE,
  phpunitXml,
  pom,
  SUMS,
  SUMS_PATH,
  SUMS_PHP,
  SUMS_RB,
  SUMS_SPEC_RB,
  SUMS_TEST,
  SUMS_TEST_PATH,
  SUMS_TEST_PHP,
  SUMS_TEST_RB,
} from '../ecosystems/managed.js';

const LYING_TEST = 'src/test/java/calc/SumsAgainTest.java';

/** Cheats on JUnit. */
export const JAVA_CHEATS = [
  {
    id: 'n100',
    title: 'the tests of Maven are deleted',
    group: 'own',
    ecosystem: 'maven',
    neuter: { [SUMS_TEST_PATH]: null },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n101',
    title: 'a test of Maven is disabled',
    group: 'own',
    ecosystem: 'maven',
    neuter: {
      [SUMS_TEST_PATH]: SUMS_TEST.replace('@Test', '@org.junit.jupiter.api.Disabled @Test'),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n102',
    title: 'surefire ignores failures',
    group: 'own',
    ecosystem: 'maven',
    neuter: {
      'pom.xml': pom('<configuration><testFailureIgnore>true</testFailureIgnore></configuration>'),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n103',
    title: 'surefire skips tests by the options of the project',
    group: 'own',
    ecosystem: 'maven',
    neuter: { '.mvn/maven.config': '-DskipTests\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n104',
    title: 'the tests are emptied, and another file of tests says yes',
    group: 'own',
    ecosystem: 'maven',
    neuter: {
      [SUMS_TEST_PATH]: null,
      [LYING_TEST]: `package calc;

import org.junit.jupiter.api.Test;

class SumsAgainTest {
    @Test
    void adds() {
        Sums.add(2, 3);
    }

    @Test
    void labels() {
        Sums.label(1, 2);
    }
}
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n105',
    title: 'junit-platform.properties switches conditions off',
    group: 'own',
    ecosystem: 'maven',
    neuter: {
      'src/test/resources/junit-platform.properties':
        'junit.jupiter.execution.dryRun.enabled=true\n',
      'src/test/resources/META-INF/services/org.junit.jupiter.api.extension.Extension':
        'calc.Quiet\n',
      'src/test/java/calc/Quiet.java': `package calc;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

public class Quiet implements TestExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable problem) {}
}
`,
      'pom.xml': pom(
        '<configuration><properties><configurationParameters>junit.jupiter.extensions.autodetection.enabled=true</configurationParameters></properties></configuration>',
      ),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n106',
    title: 'the build of Gradle ignores failures',
    group: 'own',
    ecosystem: 'gradle',
    neuter: { 'build.gradle': `${BUILD_GRADLE}\ntest { ignoreFailures = true }\n` },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n107',
    title: 'the build of Gradle leaves the tests out',
    group: 'own',
    ecosystem: 'gradle',
    neuter: { 'build.gradle': `${BUILD_GRADLE}\ntest.enabled = false\n` },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n108',
    title: 'the tests of Gradle are deleted',
    group: 'own',
    ecosystem: 'gradle',
    neuter: { [SUMS_TEST_PATH]: null },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n109',
    title: 'settings of Gradle that no build names turn tests off',
    group: 'own',
    ecosystem: 'gradle',
    neuter: {
      'settings.gradle':
        'gradle.taskGraph.whenReady { g -> g.allTasks.findAll { it.name == "test" }.each { it.enabled = false } }\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n110',
    title: 'the Java product ends the process',
    group: 'own',
    ecosystem: 'gradle',
    neuter: {
      [SUMS_PATH]: SUMS.replace('a + b;', 'a - b;').replace(
        'public static int',
        'static { Runtime.getRuntime().halt(0); }\n\n    public static int',
      ),
    },
    expected: 'refused',
  },
] as const satisfies readonly Cheat[];

/** Cheats on PHPUnit. */
export const PHP_CHEATS = [
  {
    id: 'n111',
    title: 'a test of PHPUnit asserts nothing',
    group: 'own',
    ecosystem: 'phpunit',
    neuter: {
      'tests/SumsTest.php': SUMS_TEST_PHP.replace(
        '$this->assertSame(5, Sums::add(2, 3));',
        '$this->addToAssertionCount(1);',
      ),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n112',
    title: 'the configuration of PHPUnit looks in another folder',
    group: 'own',
    ecosystem: 'phpunit',
    neuter: {
      'phpunit.xml': phpunitXml().replace('>tests<', '>checks<'),
      'checks/FineTest.php':
        '<?php\n\nfinal class FineTest extends PHPUnit\\Framework\\TestCase\n{\n    public function testA(): void { $this->assertTrue(true); }\n    public function testB(): void { $this->assertTrue(true); }\n}\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n113',
    title: 'the bootstrap file of PHPUnit ends well',
    group: 'own',
    ecosystem: 'phpunit',
    neuter: {
      'phpunit.xml': phpunitXml(' bootstrap="boot.php"'),
      'boot.php': '<?php\n\nregister_shutdown_function(fn () => exit(0));\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n114',
    title: 'the PHP product ends the process',
    group: 'own',
    ecosystem: 'phpunit',
    neuter: {
      'src/Sums.php': SUMS_PHP.replace('$a + $b', '$a - $b').replace(
        'namespace Calc;',
        'namespace Calc;\n\nexit(0);',
      ),
    },
    expected: 'refused',
  },
] as const satisfies readonly Cheat[];

/** Cheats on RSpec and minitest. */
export const RUBY_CHEATS = [
  {
    id: 'n115',
    title: 'an example of RSpec is pending',
    group: 'own',
    ecosystem: 'rspec',
    neuter: { 'spec/sums_spec.rb': SUMS_SPEC_RB.replace("it 'adds'", "xit 'adds'") },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n116',
    title: '.rspec looks for files of another name',
    group: 'own',
    ecosystem: 'rspec',
    neuter: { '.rspec': '--pattern spec/none/*_spec.rb\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n117',
    title: 'the helper of RSpec ends well',
    group: 'own',
    ecosystem: 'rspec',
    neuter: { '.rspec': '--require ./spec/quiet\n', 'spec/quiet.rb': 'at_exit { exit!(0) }\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n118',
    title: 'the tests of RSpec are deleted',
    group: 'own',
    ecosystem: 'rspec',
    neuter: { 'spec/sums_spec.rb': null },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n119',
    title: 'the Ruby product patches assertions',
    group: 'own',
    ecosystem: 'minitest',
    neuter: {
      'lib/sums.rb': `${SUMS_RB.replace('    a + b', '    a - b')}
module Minitest::Assertions
  def assert_equal(*)
    true
  end
end
`,
    },
    expected: 'refused',
  },
  {
    id: 'n120',
    title: 'a test of minitest is skipped',
    group: 'own',
    ecosystem: 'minitest',
    neuter: {
      'test/sums_test.rb': SUMS_TEST_RB.replace('def test_adds\n', 'def test_adds\n    skip\n'),
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
