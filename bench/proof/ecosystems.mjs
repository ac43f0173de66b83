// Small projects with a product change and a change of what their check means; both are honest.

const NODE_TEST = `const { test } = require('node:test');
const assert = require('node:assert');
test('adds', () => assert.strictEqual(require('../src/add.js').add(1, 2), 3));
`;

const ADD = 'exports.add = (a, b) => a + b;\n';
const OTHER_ADD = 'exports.add = (a, b) => b + a;\n';
const MODULE_ADD = 'export const add = (a, b) => a + b;\n';
const TYPED_ADD = 'export const add = (a: number, b: number): number => a + b;\n';
const CALC = 'def add(a: int, b: int) -> int:\n    return a + b\n';
const OTHER_CALC = CALC.replace('a + b', 'b + a');
const UNITTEST =
  'import unittest\nimport calc\n\n\nclass Add(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(calc.add(1, 2), 3)\n';
const PYTEST = 'from calc import add\n\n\ndef test_adds():\n    assert add(1, 2) == 3\n';
const SUMS =
  'package calc;\n\npublic final class Sums {\n    public static int add(int a, int b) {\n        return a + b;\n    }\n}\n';
const OTHER_SUMS = SUMS.replace('a + b', 'b + a');
const SUMS_PATH = 'src/main/java/calc/Sums.java';
const JUNIT5 = ['org.junit.jupiter.api.Assertions', 'org.junit.jupiter.api.Test'];
const JUNIT4 = ['org.junit.Assert', 'org.junit.Test'];
const SUMS_PHP = '<?php\n\nfunction add(int $a, int $b): int\n{\n    return $a + $b;\n}\n';
const SUMS_RB = 'def add(a, b)\n  a + b\nend\n';

/** A project whose packages npm installs. */
function packages(script, dependencies, files) {
  return {
    '.gitignore': 'node_modules/\n',
    'package.json': `${JSON.stringify({ name: 'demo', version: '1.0.0', scripts: { test: script }, devDependencies: dependencies }, null, 2)}\n`,
    ...files,
  };
}

const NPM_SETUP = 'npm install --no-audit --no-fund --prefer-offline --no-package-lock';

/** A project with tools of pip in a folder of its own. */
function python(tool, check, { files = {}, surface }) {
  return {
    probe: 'python3 --version',
    setup: `python3 -m venv .venv && .venv/bin/pip install --quiet ${tool}`,
    check: `.venv/bin/${check}`,
    files: {
      '.gitignore': '.venv/\n__pycache__/\n.mypy_cache/\n',
      'pyproject.toml': '[project]\nname = "calc"\nversion = "1.0.0"\n',
      'calc.py': CALC,
      ...files,
    },
    product: { 'calc.py': OTHER_CALC },
    surface,
  };
}

function javaTest(name, [assertions, test]) {
  return `package calc;\n\nimport static ${assertions}.assertEquals;\n\nimport ${test};\n\npublic class ${name} {\n    @Test\n    public void adds() {\n        assertEquals(3, Sums.add(1, 2));\n    }\n}\n`;
}

function java(names, files) {
  return {
    files: {
      [SUMS_PATH]: SUMS,
      'src/test/java/calc/SumsTest.java': javaTest('SumsTest', names),
      ...files,
    },
    product: { [SUMS_PATH]: OTHER_SUMS },
    surface: { 'src/test/java/calc/MoreTest.java': javaTest('MoreTest', names) },
  };
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
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
      </plugin>
    </plugins>
  </build>
</project>
`;
const CMAKE = `cmake_minimum_required(VERSION 3.16)
project(calc CXX)
enable_testing()
add_library(calc add.cpp)
target_include_directories(calc PUBLIC .)
add_executable(add_test test/add_test.cpp)
target_link_libraries(add_test calc)
add_test(NAME add COMMAND add_test)
`;
const CPP_TEST =
  '#include <cstdio>\n#include "add.hpp"\n\nint main() {\n  if (add(1, 2) != 3) {\n    std::puts("wrong");\n    return 1;\n  }\n  return 0;\n}\n';
const VITEST = (path) =>
  `import { expect, test } from 'vitest';\nimport { add } from '${path}';\n\ntest('adds', () => expect(add(1, 2)).toBe(3));\n`;

export const ECOSYSTEMS = {
  node: {
    probe: 'node --version',
    check: 'npm test',
    files: {
      'package.json': '{"name":"demo","version":"1.0.0","scripts":{"test":"node --test"}}\n',
      'src/add.js': 'exports.add = (a, b) => a + b;\n',
      'test/add.test.js': NODE_TEST,
    },
    product: { 'src/add.js': 'exports.add = (a, b) => b + a;\n' },
    surface: { 'test/more.test.js': NODE_TEST, '.npmrc': 'fund=false\n' },
  },
  python: {
    probe: 'python3 --version',
    check: 'python3 -m unittest',
    files: {
      'calc.py': 'def add(a, b):\n    return a + b\n',
      'test_calc.py':
        'import unittest\nimport calc\n\n\nclass Add(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(calc.add(1, 2), 3)\n',
    },
    product: { 'calc.py': 'def add(a, b):\n    return b + a\n' },
    surface: {
      'test_more.py':
        'import unittest\nimport calc\n\n\nclass More(unittest.TestCase):\n    def test_more(self):\n        self.assertEqual(calc.add(2, 2), 4)\n',
    },
  },
  go: {
    probe: 'go version',
    check: 'go test ./...',
    files: {
      'go.mod': 'module example.org/calc\n\ngo 1.21\n',
      'calc.go': 'package calc\n\nfunc Add(a, b int) int { return a + b }\n',
      'calc_test.go':
        'package calc\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
    },
    product: { 'calc.go': 'package calc\n\nfunc Add(a, b int) int { return b + a }\n' },
    surface: {
      'more_test.go':
        'package calc\n\nimport "testing"\n\nfunc TestMore(t *testing.T) {\n\tif Add(2, 2) != 4 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
    },
  },
  rust: {
    probe: 'cargo --version',
    check: 'cargo test --offline',
    files: {
      '.gitignore': 'target/\n',
      'Cargo.toml': '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 3\n\n[[package]]\nname = "calc"\nversion = "0.1.0"\n',
      'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n',
      'tests/add.rs': '#[test]\nfn adds() {\n    assert_eq!(calc::add(1, 2), 3);\n}\n',
    },
    product: { 'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 {\n    b + a\n}\n' },
    surface: { 'tests/more.rs': '#[test]\nfn more() {\n    assert_eq!(calc::add(2, 2), 4);\n}\n' },
  },
  jest: {
    probe: 'npm --version',
    setup: NPM_SETUP,
    check: 'npm test',
    files: packages(
      'jest',
      { jest: '30.5.2' },
      {
        'src/add.js': ADD,
        'test/add.test.js': NODE_TEST.replace(/^const .*\n/gm, '').replace(
          /assert.strictEqual\((.*), 3\)/,
          'expect($1).toBe(3)',
        ),
      },
    ),
    product: { 'src/add.js': OTHER_ADD },
    surface: {
      'test/more.test.js':
        "test('more', () => expect(require('../src/add.js').add(2, 2)).toBe(4));\n",
    },
  },
  vitest: {
    probe: 'npm --version',
    setup: NPM_SETUP,
    check: 'npm test',
    files: packages(
      'vitest run',
      { vitest: '4.1.12' },
      {
        'src/add.js': MODULE_ADD,
        'test/add.test.js': VITEST('../src/add.js'),
      },
    ),
    product: { 'src/add.js': MODULE_ADD.replace('a + b', 'b + a') },
    surface: { 'test/more.test.js': VITEST('../src/add.js') },
  },
  mocha: {
    probe: 'npm --version',
    setup: NPM_SETUP,
    check: 'npm test',
    files: packages(
      'mocha',
      { mocha: '11.8.0' },
      {
        'src/add.js': ADD,
        'test/add.test.js': NODE_TEST.replace(/.*node:test.*\n/, '').replace('test(', 'it('),
      },
    ),
    product: { 'src/add.js': OTHER_ADD },
    surface: {
      'test/more.test.js': NODE_TEST.replace(/.*node:test.*\n/, '').replace('test(', 'it('),
    },
  },
  tsc: {
    probe: 'npm --version',
    setup: NPM_SETUP,
    check: 'npm test',
    files: packages(
      'tsc --noEmit',
      { typescript: '6.0.3' },
      {
        'tsconfig.json': '{"compilerOptions":{"strict":true},"include":["src"]}\n',
        'src/add.ts': TYPED_ADD,
      },
    ),
    product: { 'src/add.ts': TYPED_ADD.replace('a + b', 'b + a') },
    surface: {
      'tsconfig.json':
        '{"compilerOptions":{"strict":true,"noUnusedLocals":true},"include":["src"]}\n',
    },
  },
  eslint: {
    probe: 'npm --version',
    setup: NPM_SETUP,
    check: 'npm test',
    files: packages(
      'eslint .',
      { eslint: '10.15.0', '@eslint/js': '10.0.1' },
      {
        'eslint.config.mjs':
          "import js from '@eslint/js';\nexport default [js.configs.recommended];\n",
        'src/add.js': MODULE_ADD,
      },
    ),
    product: { 'src/add.js': MODULE_ADD.replace('a + b', 'b + a') },
    surface: {
      'eslint.config.mjs':
        "import js from '@eslint/js';\nexport default [js.configs.recommended, { rules: { eqeqeq: 'error' } }];\n",
    },
  },
  pytest: python('pytest==9.2.0', 'pytest -p no:cacheprovider', {
    files: { 'test_calc.py': PYTEST },
    surface: { 'test_more.py': PYTEST },
  }),
  mypy: python('mypy==2.4.1', 'mypy calc.py', {
    surface: { 'mypy.ini': '[mypy]\nwarn_unused_ignores = True\n' },
  }),
  ruff: python('ruff==0.17.6', 'ruff check --no-cache', {
    surface: { 'ruff.toml': 'line-length = 100\n' },
  }),
  script: {
    probe: 'python3 --version',
    check: 'python3 run.py',
    files: {
      '.gitignore': '__pycache__/\n',
      'calc.py': CALC,
      'test_calc.py': UNITTEST,
      'run.py':
        'import sys\nimport unittest\n\nsuite = unittest.defaultTestLoader.discover(".")\nsys.exit(not unittest.TextTestRunner().run(suite).wasSuccessful())\n',
    },
    product: { 'calc.py': OTHER_CALC },
    surface: { 'test_more.py': UNITTEST.replace('class Add', 'class More') },
  },
  make: {
    probe: 'make --version',
    check: 'make check',
    files: {
      Makefile: '.PHONY: check\ncheck:\n\tnode --test\n',
      'src/add.js': ADD,
      'test/add.test.js': NODE_TEST,
    },
    product: { 'src/add.js': OTHER_ADD },
    surface: {
      Makefile: '.PHONY: check\ncheck:\n\t@echo checking\n\tnode --test\n',
      'test/more.test.js': NODE_TEST,
    },
  },
  clippy: {
    probe: 'cargo clippy --version',
    check: 'cargo clippy --offline -- -D warnings',
    files: {
      '.gitignore': 'target/\n',
      'Cargo.toml': '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 3\n\n[[package]]\nname = "calc"\nversion = "0.1.0"\n',
      'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n',
    },
    product: { 'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 {\n    b + a\n}\n' },
    surface: { 'clippy.toml': 'too-many-arguments-threshold = 5\n' },
  },
  ctest: {
    probe: 'cmake --version && c++ --version',
    check: 'cmake -S . -B build && cmake --build build && ctest --test-dir build',
    files: {
      '.gitignore': 'build/\n',
      'CMakeLists.txt': CMAKE,
      'add.hpp': 'int add(int a, int b);\n',
      'add.cpp': '#include "add.hpp"\n\nint add(int a, int b) { return a + b; }\n',
      'test/add_test.cpp': CPP_TEST,
    },
    product: { 'add.cpp': '#include "add.hpp"\n\nint add(int a, int b) { return b + a; }\n' },
    surface: {
      'CMakeLists.txt': `${CMAKE}add_executable(more_test test/more_test.cpp)\ntarget_link_libraries(more_test calc)\nadd_test(NAME more COMMAND more_test)\n`,
      'test/more_test.cpp': CPP_TEST,
    },
  },
  maven: {
    probe: 'mvn --version',
    setup: 'mvn -B -q -Dmaven.repo.local=.m2 test',
    check: 'mvn -B -o -Dmaven.repo.local=.m2 test',
    ...java(JUNIT5, { '.gitignore': 'target/\n.m2/\n', 'pom.xml': POM }),
  },
  gradle: {
    probe: 'gradle --version && ls /usr/share/java/junit4.jar /usr/share/java/hamcrest-core.jar',
    // what a container may use is not to be read in the sandbox, which some versions of Java take for an error
    check: 'JAVA_TOOL_OPTIONS=-XX:-UseContainerSupport gradle --offline --no-daemon test',
    ...java(JUNIT4, {
      '.gitignore': 'build/\n.gradle/\n',
      'build.gradle':
        "apply plugin: 'java'\n\ndependencies {\n    testCompile files('/usr/share/java/junit4.jar', '/usr/share/java/hamcrest-core.jar')\n}\n",
    }),
  },
  phpunit: {
    probe: 'phpunit --version',
    check: 'phpunit tests',
    files: {
      'src/add.php': SUMS_PHP,
      'tests/AddTest.php': phpTest('AddTest'),
    },
    product: { 'src/add.php': SUMS_PHP.replace('$a + $b', '$b + $a') },
    surface: { 'tests/MoreTest.php': phpTest('MoreTest') },
  },
  rspec: {
    probe: 'rspec --version',
    check: 'rspec',
    files: {
      'lib/add.rb': SUMS_RB,
      'spec/add_spec.rb':
        "require 'add'\n\nRSpec.describe 'add' do\n  it 'adds' do\n    expect(add(1, 2)).to eq(3)\n  end\nend\n",
    },
    product: { 'lib/add.rb': SUMS_RB.replace('a + b', 'b + a') },
    surface: {
      'spec/more_spec.rb':
        "require 'add'\n\nRSpec.describe 'more' do\n  it 'adds' do\n    expect(add(2, 2)).to eq(4)\n  end\nend\n",
    },
  },
  minitest: {
    probe: 'ruby -rminitest -e 1',
    check: `ruby -Ilib -e "Dir['./test/*_test.rb'].each { |file| require file }"`,
    files: { 'lib/add.rb': SUMS_RB, 'test/add_test.rb': rubyTest('AddTest') },
    product: { 'lib/add.rb': SUMS_RB.replace('a + b', 'b + a') },
    surface: { 'test/more_test.rb': rubyTest('MoreTest') },
  },
};

function phpTest(name) {
  return `<?php\n\nuse PHPUnit\\Framework\\TestCase;\n\nrequire_once __DIR__ . '/../src/add.php';\n\nfinal class ${name} extends TestCase\n{\n    public function testAdds(): void\n    {\n        $this->assertSame(3, add(1, 2));\n    }\n}\n`;
}

function rubyTest(name) {
  return `require 'minitest/autorun'\nrequire 'add'\n\nclass ${name} < Minitest::Test\n  def test_adds\n    assert_equal 3, add(1, 2)\n  end\nend\n`;
}
