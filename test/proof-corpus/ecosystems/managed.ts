import type { Ecosystem } from '../corpus-item.js';

/** The product of the Java projects. */
export const SUMS = `package calc;

public final class Sums {
    public static int add(int a, int b) {
        return a + b;
    }

    public static String label(int a, int b) {
        return a + "+" + b;
    }
}
`;
/** The tests of the Maven project. */
export const SUMS_TEST = `package calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SumsTest {
    @Test
    void adds() {
        assertEquals(5, Sums.add(2, 3));
    }

    @Test
    void labels() {
        assertEquals("1+2", Sums.label(1, 2));
    }
}
`;
/** Where the Java projects keep the product and its tests. */
export const SUMS_PATH = 'src/main/java/calc/Sums.java';
/** See {@link SUMS_PATH}. */
export const SUMS_TEST_PATH = 'src/test/java/calc/SumsTest.java';
/** The manifest of the Maven project; `plugin` stands in the one of its tests. */
export function pom(plugin = ''): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId>
  <artifactId>calc</artifactId>
  <version>1.0.0</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.junit.jupiter</groupId>
      <artifactId>junit-jupiter</artifactId>
      <version>5.10.2</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-surefire-plugin</artifactId>
        <version>3.2.5</version>
        ${plugin}
      </plugin>
    </plugins>
  </build>
</project>
`;
}
/** The build file of the Gradle project; jars of the machine's packages stand in for a registry. */
export const BUILD_GRADLE = `apply plugin: 'java'

dependencies {
    testCompile files('/usr/share/java/junit4.jar', '/usr/share/java/hamcrest-core.jar')
}
`;
const BROKEN_JAVA = { [SUMS_PATH]: SUMS.replace('a + b;', 'a - b;') } as const;

/** Projects tested with JUnit. */
export const JAVA_ECOSYSTEMS = [
  {
    id: 'maven',
    tool: 'maven',
    files: {
      '.gitignore': 'target/\n.m2/\n',
      'pom.xml': pom(),
      [SUMS_PATH]: SUMS,
      [SUMS_TEST_PATH]: SUMS_TEST,
    },
    broken: BROKEN_JAVA,
    check: 'mvn -B -o -Dmaven.repo.local=.m2 test',
    needs: ['maven'],
  },
  {
    id: 'gradle',
    tool: 'gradle',
    files: {
      '.gitignore': 'build/\n.gradle/\n',
      'build.gradle': BUILD_GRADLE,
      [SUMS_PATH]: SUMS,
      [SUMS_TEST_PATH]: SUMS_TEST.replace(
        'static org.junit.jupiter.api.Assertions',
        'static org.junit.Assert',
      )
        .replace('org.junit.jupiter.api.Test', 'org.junit.Test')
        .replace('class SumsTest', 'public class SumsTest')
        .replaceAll('    void ', '    public void '),
    },
    broken: BROKEN_JAVA,
    // what a container may use is not to be read in the sandbox, which some versions of Java take for an error
    check: 'JAVA_TOOL_OPTIONS=-XX:-UseContainerSupport gradle --offline --no-daemon test',
    needs: ['gradle'],
  },
] as const satisfies readonly Ecosystem[];

/** The product of the PHP project. */
export const SUMS_PHP = `<?php

namespace Calc;

final class Sums
{
    public static function add(int $a, int $b): int
    {
        return $a + $b;
    }

    public static function label(int $a, int $b): string
    {
        return "$a+$b";
    }
}
`;
/** Its tests. */
export const SUMS_TEST_PHP = `<?php

use Calc\\Sums;
use PHPUnit\\Framework\\TestCase;

require_once __DIR__ . '/../src/Sums.php';

final class SumsTest extends TestCase
{
    public function testAdds(): void
    {
        $this->assertSame(5, Sums::add(2, 3));
    }

    public function testLabels(): void
    {
        $this->assertSame('1+2', Sums::label(1, 2));
    }
}
`;
/** The configuration of its runner; \`more\` stands among its attributes. */
export function phpunitXml(more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<phpunit colors="false" cacheResult="false"${more}>
  <testsuites>
    <testsuite name="all">
      <directory>tests</directory>
    </testsuite>
  </testsuites>
</phpunit>
`;
}

/** Projects tested with PHPUnit. */
export const PHP_ECOSYSTEMS = [
  {
    id: 'phpunit',
    tool: 'phpunit',
    files: {
      'phpunit.xml': phpunitXml(),
      'src/Sums.php': SUMS_PHP,
      'tests/SumsTest.php': SUMS_TEST_PHP,
    },
    broken: { 'src/Sums.php': SUMS_PHP.replace('$a + $b', '$a - $b') },
    check: 'phpunit',
    needs: ['phpunit'],
  },
] as const satisfies readonly Ecosystem[];

/** The product of the Ruby projects. */
export const SUMS_RB = `module Sums
  def self.add(a, b)
    a + b
  end

  def self.label(a, b)
    "#{a}+#{b}"
  end
end
`;
const BROKEN_RUBY = { 'lib/sums.rb': SUMS_RB.replace('    a + b', '    a - b') } as const;
/** The specification of the RSpec project. */
export const SUMS_SPEC_RB = `require 'sums'

RSpec.describe Sums do
  it 'adds' do
    expect(Sums.add(2, 3)).to eq(5)
  end

  it 'labels' do
    expect(Sums.label(1, 2)).to eq('1+2')
  end
end
`;
/** The tests of the minitest project. */
export const SUMS_TEST_RB = `require 'minitest/autorun'
require 'sums'

class SumsTest < Minitest::Test
  def test_adds
    assert_equal 5, Sums.add(2, 3)
  end

  def test_labels
    assert_equal '1+2', Sums.label(1, 2)
  end
end
`;

/** Projects tested with RSpec and minitest. */
export const RUBY_ECOSYSTEMS = [
  {
    id: 'rspec',
    tool: 'rspec',
    files: { 'lib/sums.rb': SUMS_RB, 'spec/sums_spec.rb': SUMS_SPEC_RB },
    broken: BROKEN_RUBY,
    check: 'rspec',
    needs: ['rspec'],
  },
  {
    id: 'minitest',
    tool: 'minitest',
    files: { 'lib/sums.rb': SUMS_RB, 'test/sums_test.rb': SUMS_TEST_RB },
    broken: BROKEN_RUBY,
    check: 'ruby -Ilib test/sums_test.rb',
    needs: ['ruby'],
  },
] as const satisfies readonly Ecosystem[];
