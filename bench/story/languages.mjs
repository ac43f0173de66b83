// Small repositories, one a language, each with a check that a warm checkout answers fast and a cold one slowly.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Language
 * @property {string} program must answer to `--version` or `version`
 * @property {Record<string, string>} files of the repository
 * @property {readonly string[] | null} lock writes the lock file, as the repository's owner would
 * @property {string | null} setup by hand, in a fresh checkout; also the run's, unless it detects its own
 * @property {boolean} isSetupNamed the run is told the command
 * @property {string} check
 * @property {readonly { path: string, content: string }[]} stories what each story writes
 */

const GO_FILES = {
  'go.mod': 'module example.org/bench\n\ngo 1.21\n',
  '.gitignore': 'bin/\n',
  'server.go': `package bench

import (
	"encoding/json"
	"net/http"
	"text/template"
)

var page = template.Must(template.New("page").Parse("<p>{{.}}</p>"))

// Handler answers with JSON, or as HTML.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"path": r.URL.Path})
	})
	mux.HandleFunc("/html", func(w http.ResponseWriter, r *http.Request) {
		_ = page.Execute(w, r.URL.Path)
	})
	return mux
}
`,
  'server_test.go': `package bench

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, path string) string {
	t.Helper()
	server := httptest.NewTLSServer(Handler())
	defer server.Close()
	answer, err := server.Client().Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	return string(body)
}

func TestJSON(t *testing.T) {
	if got := ask(t, "/json"); !strings.Contains(got, "/json") {
		t.Fatal(got)
	}
}
`,
};

const CPP_PARTS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];
const cppPart = (name, more = '') => `#include <map>
#include <regex>
#include <sstream>
#include <string>

std::string ${name}(const std::string &text) {
  static const std::regex words("[a-z]+");
  std::map<std::string, int> seen;
  for (std::sregex_iterator at(text.begin(), text.end(), words), end; at != end; ++at) ++seen[at->str()];
  std::ostringstream out;
  for (const auto &[word, count] : seen) out << word << '=' << count << ' ';
${more}  return "${name}: " + out.str();
}
`;
const cppMain = `#include <cassert>
#include <string>
${CPP_PARTS.map((name) => `std::string ${name}(const std::string &text);`).join('\n')}
int main() {
${CPP_PARTS.map((name) => `  assert(!${name}("one two one").empty());`).join('\n')}
}
`;

const RUST_LIB = (more) => `use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
pub struct Entry {
    pub name: String,
    pub count: u32,
}

pub fn words(text: &str) -> Vec<Entry> {
    let pattern = regex::Regex::new("[a-z]+").unwrap();
    let mut found: std::collections::BTreeMap<String, u32> = Default::default();
    for word in pattern.find_iter(text) {
        *found.entry(word.as_str().to_string()).or_default() += 1;
    }
    found.into_iter().map(|(name, count)| Entry { name, count }).collect()
}
${more}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let json = serde_json::to_string(&words("one two one")).unwrap();
        let back: Vec<Entry> = serde_json::from_str(&json).unwrap();
        assert_eq!(back[0].count, 2);
    }
}
`;

const TS_PART = (at, value) =>
  `export interface Part${at} { readonly name: string; readonly value: number }\nexport const part${at}: Part${at} = { name: 'part ${at}', value: ${value} };\n`;
const TS_COUNT = 40;

const JAVA_POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>bench</artifactId>
  <version>1</version>
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
const javaClass = (value) =>
  `package org.example;\n\npublic class Words {\n  public static int count(String text) {\n    return text.split(" ").length + ${value} - ${value};\n  }\n}\n`;

/** @type {Record<string, Language>} */
export const LANGUAGES = {
  go: {
    program: 'go',
    files: GO_FILES,
    lock: null,
    setup: null,
    isSetupNamed: false,
    check: 'go vet ./... && go test ./...',
    stories: [1, 2].map((at) => ({
      path: `story${at}_test.go`,
      content: `package bench\n\nimport (\n\t"strings"\n\t"testing"\n)\n\nfunc TestStory${at}(t *testing.T) {\n\tif got := ask(t, "/html"); !strings.Contains(got, "<p>") {\n\t\tt.Fatal(got)\n\t}\n}\n`,
    })),
  },
  rust: {
    program: 'cargo',
    files: {
      '.gitignore': 'target/\n',
      'Cargo.toml':
        '[package]\nname = "bench"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nregex = "1"\nserde = { version = "1", features = ["derive"] }\nserde_json = "1"\n',
      'src/lib.rs': RUST_LIB(''),
    },
    lock: ['cargo', 'generate-lockfile'],
    setup: 'cargo fetch --locked',
    isSetupNamed: false,
    check: 'cargo test --locked --offline',
    stories: [1, 2].map((at) => ({
      path: 'src/lib.rs',
      content: RUST_LIB(
        Array.from(
          { length: at },
          (_, index) => `\npub fn story${index + 1}() -> u32 {\n    ${index + 1}\n}\n`,
        ).join(''),
      ),
    })),
  },
  cpp: {
    program: 'cmake',
    files: {
      '.gitignore': 'build/\n',
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.16)\nproject(bench CXX)\nset(CMAKE_CXX_STANDARD 17)\nset(CMAKE_BUILD_TYPE Debug)\nenable_testing()\nadd_executable(tests main.cpp ${CPP_PARTS.map((name) => `${name}.cpp`).join(' ')})\nadd_test(NAME tests COMMAND tests)\n`,
      'main.cpp': cppMain,
      ...Object.fromEntries(CPP_PARTS.map((name) => [`${name}.cpp`, cppPart(name)])),
    },
    lock: null,
    setup: null,
    isSetupNamed: false,
    check: 'cmake -S . -B build && cmake --build build && ctest --test-dir build',
    stories: [1, 2].map((at) => ({
      path: 'alpha.cpp',
      content: cppPart('alpha', `  out << "story ${at}";\n`),
    })),
  },
  typescript: {
    program: 'npm',
    files: {
      '.gitignore': 'node_modules/\n',
      'package.json': `${JSON.stringify({
        name: 'bench',
        private: true,
        type: 'module',
        scripts: { test: 'tsc --noEmit && vitest run' },
        devDependencies: { typescript: '5.9.3', vitest: '3.2.4' },
      })}\n`,
      'tsconfig.json':
        '{"compilerOptions":{"strict":true,"module":"nodenext","target":"es2022","noEmit":true,"incremental":true,"tsBuildInfoFile":"node_modules/.cache/tsbuildinfo","skipLibCheck":true,"types":[]},"include":["src","test"]}\n',
      ...Object.fromEntries(
        Array.from({ length: TS_COUNT }, (_, at) => [`src/part-${at}.ts`, TS_PART(at, at)]),
      ),
      'test/parts.test.ts': `import { expect, it } from 'vitest';\n${Array.from({ length: TS_COUNT }, (_, at) => `import { part${at} } from '../src/part-${at}.js';`).join('\n')}\nit('adds up', () => expect([${Array.from({ length: TS_COUNT }, (_, at) => `part${at}`).join(', ')}].length).toBe(${TS_COUNT}));\n`,
    },
    lock: ['npm', 'install', '--package-lock-only', '--no-audit', '--no-fund'],
    setup: 'npm ci --no-audit --no-fund',
    isSetupNamed: false,
    check: 'npm test',
    stories: [1, 2].map((at) => ({ path: 'src/part-1.ts', content: TS_PART(1, 100 + at) })),
  },
  java: {
    program: 'mvn',
    files: {
      '.gitignore': 'target/\n',
      'pom.xml': JAVA_POM,
      'src/main/java/org/example/Words.java': javaClass(0),
      'src/test/java/org/example/WordsTest.java':
        'package org.example;\n\nimport static org.junit.jupiter.api.Assertions.assertEquals;\n\nimport org.junit.jupiter.api.Test;\n\nclass WordsTest {\n  @Test\n  void counts() {\n    assertEquals(2, Words.count("one two"));\n  }\n}\n',
    },
    lock: null,
    setup: 'mvn -B -q test',
    isSetupNamed: true,
    check: 'mvn -B -q -o test',
    stories: [1, 2].map((at) => ({
      path: 'src/main/java/org/example/Words.java',
      content: javaClass(at),
    })),
  },
  python: {
    program: 'python3',
    files: {
      '.gitignore': '.venv/\n__pycache__/\n',
      'requirements.txt': 'pytest==8.4.2\nmypy==1.18.2\n',
      'words.py':
        'def words(text: str) -> dict[str, int]:\n    found: dict[str, int] = {}\n    for word in text.split():\n        found[word] = found.get(word, 0) + 1\n    return found\n',
      'mypy.ini': '[mypy]\nstrict = True\nexclude = .venv\n',
      'test_words.py':
        'from words import words\n\n\ndef test_words() -> None:\n    assert words("one two one") == {"one": 2, "two": 1}\n',
    },
    lock: null,
    setup: 'python3 -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements.txt',
    isSetupNamed: false,
    check: '.venv/bin/python -m mypy . && .venv/bin/python -m pytest -q',
    stories: [1, 2].map((at) => ({
      path: `test_story${at}.py`,
      content: `from words import words\n\n\ndef test_story${at}() -> None:\n    assert words("a")["a"] == 1\n`,
    })),
  },
};

/** Writes the files of a language into an empty folder. */
export function writeFiles(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
