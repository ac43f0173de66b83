import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setHostEnvironment } from '../../src/platform/process/host-environment.js';
import { processEnvironment } from '../../src/config/light/environment.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { isToolchainUsable } from '../support/toolchain.js';

let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

setHostEnvironment(processEnvironment());

/** One language: files of a repository whose lock file the package manager writes, and a story that uses the dependency. */
interface Language {
  readonly name: string;
  readonly program: string;
  readonly files: Readonly<Record<string, string>>;
  /** Writes the lock file into the folder, as the repository's owner would have. */
  readonly lock: readonly string[] | null;
  readonly lockFile: string;
  /** The agent's own look at the dependency, offline. */
  readonly look: string;
  readonly change: readonly [path: string, content: string];
  /** What the plan detects. */
  readonly setup: readonly string[];
  readonly checks: readonly string[];
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'Node',
    program: 'npm',
    files: {
      '.gitignore': 'node_modules/\n',
      'package.json':
        '{"name":"demo","version":"1.0.0","private":true,"scripts":{"test":"node --test"},"dependencies":{"ms":"2.1.3"}}\n',
      'test/base.test.js':
        "require('node:test')('base', () => require('node:assert').equal(require('ms')('1s'), 1000));\n",
    },
    lock: ['npm', 'install', '--package-lock-only', '--no-audit', '--no-fund'],
    lockFile: 'package-lock.json',
    look: "node -e \"console.log('seen', require('ms')('2s'))\"",
    change: [
      'test/story.test.js',
      "require('node:test')('story', () => require('node:assert').equal(require('ms')('2s'), 2000));\n",
    ],
    setup: ['npm ci'],
    checks: ['npm test'],
  },
  {
    name: 'Python',
    program: 'python3',
    files: {
      '.gitignore': '__pycache__/\n',
      'requirements.txt': 'six==1.17.0\n',
      'test_base.py':
        'import unittest, six\nclass Base(unittest.TestCase):\n    def test_six(self):\n        self.assertTrue(six.PY3)\n',
    },
    lock: null,
    lockFile: 'requirements.txt',
    look: 'python3 -c "import six; print(\'seen\', six.__version__)"',
    change: [
      'test_story.py',
      'import unittest, six\nclass Story(unittest.TestCase):\n    def test_version(self):\n        self.assertEqual(six.__version__, "1.17.0")\n',
    ],
    setup: ['python3 -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements.txt'],
    checks: ['python3 -m unittest discover'],
  },
  {
    name: 'Rust',
    program: 'cargo',
    files: {
      '.gitignore': 'target/\n',
      'Cargo.toml':
        '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "1"\n',
      'src/lib.rs':
        'pub fn text(n: u32) -> String { itoa::Buffer::new().format(n).to_string() }\n#[test]\nfn base() { assert_eq!(text(7), "7"); }\n',
    },
    lock: ['cargo', 'generate-lockfile', '--quiet'],
    lockFile: 'Cargo.lock',
    look: 'cargo tree --offline --prefix none | grep -q itoa && echo seen',
    change: ['tests/story.rs', '#[test]\nfn story() { assert_eq!(demo::text(42), "42"); }\n'],
    setup: ['cargo fetch --locked'],
    checks: ['cargo check --all-targets', 'cargo test'],
  },
  {
    name: 'Go',
    program: 'go',
    files: {
      '.gitignore': '/bin/\n',
      'go.mod': 'module example.org/demo\n\ngo 1.20\n\nrequire github.com/pkg/errors v0.9.1\n',
      'demo.go':
        'package demo\n\nimport "github.com/pkg/errors"\n\n// Wrap adds a word.\nfunc Wrap(err error) error { return errors.Wrap(err, "word") }\n',
    },
    lock: ['go', 'mod', 'tidy'],
    lockFile: 'go.sum',
    look: 'go list -m all | grep -q pkg/errors && echo seen',
    change: [
      'demo_test.go',
      'package demo\n\nimport (\n\t"io"\n\t"testing"\n)\n\nfunc TestWrap(t *testing.T) {\n\tif Wrap(io.EOF).Error() != "word: EOF" {\n\t\tt.Fatal("no word")\n\t}\n}\n',
    ],
    setup: ['go mod download'],
    checks: ['go vet ./...', 'go test ./...'],
  },
];

/** The files with the lock file that the package manager makes of them. */
function withLock(language: Language): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'codetether-language-'));
  try {
    for (const [path, content] of Object.entries(language.files)) {
      execFileSync('mkdir', ['-p', join(folder, path, '..')]);
      writeFileSync(join(folder, path), content);
    }
    const [command, ...args] = language.lock ?? ['true'];
    execFileSync(command ?? 'true', args, { cwd: folder, stdio: 'pipe' });
    return {
      ...language.files,
      [language.lockFile]: readFileSync(join(folder, language.lockFile), 'utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a repository with dependencies, on a fresh lane', () => {
  it.for(LANGUAGES)(
    '$name: set up, worked on and proven without network',
    async (language, context) => {
      context.skip(!isToolchainUsable(language.program), `${language.program} does not work here`);
      const outputs: string[] = [];
      script = ({ turn, prompt }) => {
        outputs.push(prompt);
        if (turn === 0)
          return bash(`${language.look} > seen.txt; cat seen.txt; grep -q seen seen.txt`);
        if (turn === 1) return write(...language.change);
        return turn === 2 ? bash('grep -q seen seen.txt && mv seen.txt agent-saw.txt') : done();
      };
      const folder = scripted.project.repository({
        stories: [{ id: 'US-001' }],
        checks: {},
        files: withLock(language),
      });
      const plan = await scripted.project.run(
        folder,
        'ralph',
        'run',
        '-p',
        'prd.json',
        '--dry-run',
        '--json',
      );
      expect(JSON.parse(plan.stdout)).toMatchObject({
        setup: {
          source: 'detected',
          steps: language.setup.map((command) => ({ command, folder: '.' })),
        },
        checks: language.checks.map((command) => ({ command, source: 'detected' })),
      });
      const { code, document, stderr } = await scripted.project.ralph(
        folder,
        '--max-attempts',
        '1',
      );
      expect(stderr).not.toContain('error[');
      // once as the story is, once more with the base's definitions: a test was added
      const twice = [...language.checks, ...language.checks];
      expect(document.stories).toMatchObject([
        { status: 'passed', evidence: twice.map(() => ({ exit_code: 0 })) },
      ]);
      expect(code).toBe(0);
      const files = scripted.project
        .git(folder, 'diff', '--name-only', 'main', 'feature/work')
        .split('\n');
      expect(files).toEqual([language.change[0], 'agent-saw.txt'].sort());
      expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    },
  );
});

describe('a set-up that fails', () => {
  it('ends the run before the model is asked, with the end of its output', async () => {
    script = () => done();
    const before = scripted.model.requests.length;
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const command = 'yes | head -c 3000000; echo the reason; exit 3';
    const { code, stderr } = await scripted.project.ralph(folder, '--setup', command);
    expect(code).not.toBe(0);
    expect(stderr).toContain('error[ERR_SETUP_FAILED]');
    expect(stderr).toContain('the reason');
    expect(scripted.model.requests.length).toBe(before);
  });

  it.each([
    [['--setup', 'no-such-program-x install'], 'ERR_SETUP_COMMAND_MISSING'],
    [['--setup', 'if true; then'], 'ERR_SETUP_SYNTAX'],
    [['--check', 'nothing'], 'ERR_USAGE'],
    [['--check', 'a=true', '--no-checks'], 'ERR_USAGE'],
  ])('is refused before anything starts where that can be known: %j', async (flags, code) => {
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const args = ['ralph', 'run', '-p', 'prd.json', '--dry-run', ...flags];
    const result = await scripted.project.run(folder, ...args);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error[${code}]`);
  });
});
