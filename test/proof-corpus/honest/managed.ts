import type { HonestStory } from '../corpus-item.js';
import {
  BUILD_GRADLE,
  phpunitXml,
  pom,
  SUMS,
  SUMS_PATH,
  SUMS_PHP,
  SUMS_RB,
} from '../ecosystems/managed.js';

const MORE_JAVA = SUMS.replace(
  'public static String',
  'public static int twice(int a) {\n        return add(a, a);\n    }\n\n    public static String',
);

/** Honest work on projects in Java, PHP and Ruby. */
export const MANAGED_STORIES = [
  {
    id: 'g50',
    title: 'a method and its test, with Maven',
    ecosystem: 'maven',
    edits: {
      [SUMS_PATH]: MORE_JAVA,
      'src/test/java/calc/TwiceTest.java': `package calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TwiceTest {
    @Test
    void doubles() {
        assertEquals(8, Sums.twice(4));
    }
}
`,
    },
    expected: 'passed',
    note: 'additions only',
  },
  {
    id: 'g51',
    title: 'the tests get a variable that the product needs, with Maven',
    ecosystem: 'maven',
    edits: {
      [SUMS_PATH]: SUMS.replace(
        'return a + b;',
        'return a + b + Integer.getInteger("calc.offset");',
      ),
      'pom.xml': pom(
        '<configuration><systemPropertyVariables><calc.offset>0</calc.offset></systemPropertyVariables></configuration>',
      ),
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['pom.xml'],
  },
  {
    id: 'g52',
    title: 'a method and its test, with Gradle',
    ecosystem: 'gradle',
    edits: {
      [SUMS_PATH]: MORE_JAVA,
      'src/test/java/calc/TwiceTest.java': `package calc;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class TwiceTest {
    @Test
    public void doubles() {
        assertEquals(8, Sums.twice(4));
    }
}
`,
      'build.gradle': `${BUILD_GRADLE}\nversion = '1.1'\n`,
    },
    expected: 'passed',
    note: 'the base’s build is green as well',
  },
  {
    id: 'g53',
    title: 'a method, its test and an autoloader, with PHPUnit',
    ecosystem: 'phpunit',
    edits: {
      'src/Sums.php': SUMS_PHP.replace(
        '    public static function label',
        '    public static function twice(int $a): int\n    {\n        return Doubling::of($a);\n    }\n\n    public static function label',
      ),
      'src/Doubling.php':
        '<?php\n\nnamespace Calc;\n\nfinal class Doubling\n{\n    public static function of(int $a): int\n    {\n        return 2 * $a;\n    }\n}\n',
      'tests/boot.php':
        "<?php\n\nspl_autoload_register(function (string $name): void {\n    if (strncmp($name, 'Calc\\\\', 5) === 0) {\n        require_once __DIR__ . '/../src/' . substr($name, 5) . '.php';\n    }\n});\n",
      'tests/TwiceTest.php':
        '<?php\n\nuse Calc\\Sums;\nuse PHPUnit\\Framework\\TestCase;\n\nfinal class TwiceTest extends TestCase\n{\n    public function testDoubles(): void\n    {\n        $this->assertSame(8, Sums::twice(4));\n    }\n}\n',
      'phpunit.xml': phpunitXml(' bootstrap="tests/boot.php"'),
    },
    expected: 'passed',
    note: 'the base’s tests and configuration are green as well',
  },
  {
    id: 'g54',
    title: 'a method, its specification and options, with RSpec',
    ecosystem: 'rspec',
    edits: {
      '.rspec': '--require ./spec/spec_helper\n',
      'spec/spec_helper.rb': 'RSpec.configure { |config| config.order = :random }\n',
      'lib/sums.rb': SUMS_RB.replace(
        '  def self.label',
        '  def self.twice(a)\n    add(a, a)\n  end\n\n  def self.label',
      ),
      'spec/twice_spec.rb':
        "require 'sums'\n\nRSpec.describe 'twice' do\n  it 'doubles' do\n    expect(Sums.twice(4)).to eq(8)\n  end\nend\n",
    },
    expected: 'passed',
    note: 'the base’s options are green as well',
  },
] as const satisfies readonly HonestStory[];
