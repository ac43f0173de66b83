import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { checkBaseline } from '../../../../src/activities/proof/check-baseline.js';
import {
  proveStory,
  type ProveStoryRequest,
} from '../../../../src/activities/proof/prove-story.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import {
  verificationStepSchema,
  type VerificationStep,
} from '../../../../src/domain/proof/verification.js';
import { type Evidence, type Proof } from '../../../../src/domain/proof/check.js';
import { ralphBench, storyInput, type RalphBench } from '../../../support/ralph-bench.js';

let step = 0;

function prove(
  bench: RalphBench,
  steps: readonly object[],
  changes: Partial<ProveStoryRequest> = {},
): Promise<Proof> {
  step += 1;
  return proveStory(bench.work, {
    key: { scope: 'verify', step, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [],
    statePaths: [],
    allowCheckChanges: false,
    verificationSteps: steps.map((item): VerificationStep => verificationStepSchema.parse(item)),
    ...changes,
  });
}

async function changedBench(files: Readonly<Record<string, string>> = {}, workdir = '.') {
  const bench = await ralphBench(files, workdir);
  await beginStory(bench.work, storyInput(bench));
  await bench.write('feature.txt', 'ok\n');
  return bench;
}

async function seen(bench: RalphBench, proof: Proof): Promise<[Evidence['check'], string][]> {
  return Promise.all(
    proof.evidence.map(async ({ check, output }): Promise<[string, string]> => [
      check,
      await bench.dependencies.blobs.getText(output),
    ]),
  );
}

describe('a shell step', () => {
  it('passes when command, output and files are as expected, after the checks', async () => {
    const bench = await changedBench();
    const proof = await prove(
      bench,
      [
        {
          type: 'shell',
          name: 'made',
          command: 'mkdir -p "out put/deep" && touch "out put/deep/a b.txt" && echo all well',
          expectOutputContains: ['well'],
          expectFilesGlob: ['out put/**/*.txt', 'feature.txt'],
        },
      ],
      { checks: [{ name: 'test', command: 'true', timeoutMs: 9000 }] },
    );
    expect(proof.verdict).toBe('passed');
    expect(proof.evidence.map(({ check, kind, exitCode }) => [check, kind, exitCode])).toEqual([
      ['test', undefined, 0],
      ['made', 'verification', 0],
    ]);
  });

  it.each([
    [{ command: 'exit 4' }, 4, ''],
    [{ command: 'echo no', expectOutputContains: ['yes'] }, 1, 'the output does not contain "yes"'],
    [{ command: 'true', expectFilesGlob: ['*.none'] }, 1, 'no file matches *.none'],
    [{ command: 'true', expectFilesGlob: ['absent.txt'] }, 1, 'no file matches absent.txt'],
    [{ command: 'kill -9 $PPID' }, 137, ''],
    [{ command: 'true', cwd: '../..' }, null, 'not run: ../.. is no folder in these files'],
  ])('fails for %j', async (fields, exitCode, text) => {
    const bench = await changedBench();
    const proof = await prove(bench, [{ type: 'shell', ...fields }]);
    expect(proof).toMatchObject({ verdict: 'failed', evidence: [{ exitCode }] });
    expect((await seen(bench, proof))[0]?.[1]).toContain(text);
    expect(proof.feedback && (await bench.dependencies.blobs.getText(proof.feedback))).toContain(
      'Verification step',
    );
  });

  it('runs in its folder, relative to the PRD', async () => {
    const bench = await ralphBench({ 'app/sub/x.txt': 'x\n' }, 'app');
    await beginStory(bench.work, storyInput(bench));
    await bench.write('app/feature.txt', 'ok\n');
    const proof = await prove(bench, [{ type: 'shell', command: 'test -f x.txt', cwd: 'sub' }]);
    expect(proof.verdict).toBe('passed');
  });
});

describe('a file step', () => {
  it('looks for a path or a pattern below the folder of the PRD', async () => {
    const bench = await changedBench();
    const steps = [
      { type: 'file_exists', path: 'feature.txt' },
      { type: 'file_exists', path: '**/feature.*', glob: true },
    ];
    expect((await prove(bench, steps)).verdict).toBe('passed');
  });

  it.each([
    [{ path: 'absent.txt' }, 'there is no absent.txt'],
    [{ path: '*.txt' }, 'there is no *.txt'],
    [{ path: 'nothing/**', glob: true }, 'no file matches nothing/**'],
    [{ path: '/etc/passwd' }, 'not run: /etc/passwd leads outside the repository'],
    [{ path: '../x', glob: true }, 'not run: ../x leads outside the repository'],
  ])('fails for %j', async (fields, text) => {
    const bench = await changedBench();
    const proof = await prove(bench, [{ type: 'file_exists', ...fields }]);
    expect(proof.verdict).toBe('failed');
    expect((await seen(bench, proof))[0]?.[1]).toContain(text);
  });
});

const SERVER = `require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/health' ? 200 : 404;
  response.end('all is well');
}).listen(Number(process.argv[2]), '127.0.0.1');
`;

describe('a url step', () => {
  it('asks the server that the shell step before it starts, and ends it', async () => {
    const bench = await changedBench({ 'server.cjs': SERVER });
    const proof = await prove(bench, [
      { type: 'shell', name: 'server', command: 'exec node server.cjs 8123' },
      { type: 'url', url: 'http://127.0.0.1:8123/health', expectBodyContains: ['well'] },
      { type: 'url', url: 'http://127.0.0.1:8123/nothing', expectStatus: 404 },
    ]);
    expect(proof.evidence).toMatchObject([
      {
        check: 'GET http://127.0.0.1:8123/health',
        command: 'exec node server.cjs 8123 & GET http://127.0.0.1:8123/health',
        exitCode: 0,
      },
      { exitCode: 0 },
    ]);
    expect(proof.verdict).toBe('passed');
  });

  it.each([
    [{ url: 'http://127.0.0.1:8124/health', expectStatus: 500 }, 'answered 200, expected 500'],
    [
      { url: 'http://127.0.0.1:8124/health', expectBodyContains: ['bad'] },
      'its body does not contain "bad"',
    ],
    [{ url: 'http://127.0.0.1:8125/' }, 'ECONNREFUSED'],
  ])('fails for %j and says what came', async (fields, text) => {
    const bench = await changedBench({ 'server.cjs': SERVER });
    const proof = await prove(bench, [
      { type: 'shell', command: 'exec node server.cjs 8124' },
      { type: 'url', timeoutMs: 1500, ...fields },
    ]);
    expect(proof.verdict).toBe('failed');
    expect((await seen(bench, proof))[0]?.[1]).toContain(text);
  });

  it('fails when the command before it ends badly although something answers', async () => {
    const bench = await changedBench({ 'server.cjs': SERVER });
    // the server begins only when the shell has ended, however slow this machine is
    const command =
      '{ while kill -0 $$ 2>/dev/null; do sleep 0.02; done; exec node server.cjs 8126; } & exit 3';
    const proof = await prove(bench, [
      { type: 'shell', command },
      { type: 'url', url: 'http://127.0.0.1:8126/health' },
    ]);
    expect(proof.evidence).toMatchObject([{ exitCode: 1 }]);
    expect((await seen(bench, proof))[0]?.[1]).toContain('ended with exit code 3');
  });
});

describe('a story that changes nothing', () => {
  const unchanged = async (files: Readonly<Record<string, string>> = {}) => {
    const bench = await ralphBench(files);
    await beginStory(bench.work, storyInput(bench));
    return bench;
  };
  const holds = { type: 'file_exists', path: 'README.md' };
  const checks = [{ name: 'test', command: 'test -f README.md', timeoutMs: 9000 }];

  it('is already satisfied when its steps and the checks hold on the base', async () => {
    const bench = await unchanged();
    const proof = await prove(bench, [holds], { checks });
    expect(proof).toMatchObject({ verdict: 'already-satisfied', changedFiles: [], feedback: null });
    expect(proof.evidence.map(({ check, exitCode }) => [check, exitCode])).toEqual([
      ['test', 0],
      ['exists README.md', 0],
    ]);
  });

  it.each([
    ['a step', [holds, { type: 'file_exists', path: 'new.txt' }], checks],
    ['a check', [holds], [{ name: 'test', command: 'false', timeoutMs: 9000 }]],
  ])('has changed nothing when %s does not hold', async (_what, steps, wanted) => {
    const bench = await unchanged();
    const proof = await prove(bench, steps, { checks: wanted });
    expect(proof.verdict).toBe('no-change');
    const text = proof.feedback && (await bench.dependencies.blobs.getText(proof.feedback));
    expect(text).toContain('without changing any file');
    expect(text).toContain('ended with exit code 1');
  });

  it('has changed nothing when it has no step of its own, whatever the checks say', async () => {
    const bench = await unchanged();
    expect((await prove(bench, [], { checks })).verdict).toBe('no-change');
  });
});

describe('a story without any check', () => {
  it('is unverified when it changed something', async () => {
    const bench = await changedBench();
    expect(await prove(bench, [])).toMatchObject({
      verdict: 'unverified',
      evidence: [],
      changedFiles: ['feature.txt'],
      feedback: null,
    });
  });
});

describe('check scripts of the base', () => {
  const guarded = async (
    files: Readonly<Record<string, string>>,
    command: string,
    change: [string, string],
  ) => {
    const bench = await changedBench(files);
    await bench.write(...change);
    const proof = await prove(bench, [], {
      checks: [{ name: 'test', command, timeoutMs: 9000 }],
    });
    return [proof.verdict, proof.changedDefinitions];
  };

  it.each([
    [
      'named by the check',
      { 'scripts/run.sh': 'exit 1\n' },
      'bash scripts/run.sh',
      'scripts/run.sh',
    ],
    [
      'named by a script of package.json',
      { 'package.json': '{"scripts":{"test":"sh hack/all"}}', 'hack/all': 'exit 1\n' },
      'sh hack/all',
      'hack/all',
    ],
    [
      'named by a Makefile',
      { Makefile: 'test:\n\tsh tools/a\n', 'tools/a': 'exit 1\n' },
      'make test',
      'tools/a',
    ],
    [
      'named by another script',
      { 'scripts/run.sh': '. scripts/rules\n', 'scripts/rules': 'exit 1\n' },
      'bash scripts/run.sh',
      'scripts/rules',
    ],
  ])('count when they are %s', async (...[, files, command, path]) => {
    expect(await guarded(files, command, [path, 'exit 0\n'])).toEqual(['failed', [path]]);
  });

  it('are not the program under test', async () => {
    const files = { 'main.py': 'print("old")\n' };
    expect(
      await guarded(files, 'python3 main.py | grep -q new', ['main.py', 'print("new")\n']),
    ).toEqual(['passed', []]);
  });

  it('count for the configuration of tools in pyproject.toml, and not for its dependencies', async () => {
    const base = '[project]\nname = "x"\n\n[tool.pytest.ini_options]\naddopts = "-x"\n';
    const files = { 'pyproject.toml': base };
    const command = 'grep -q -- -x pyproject.toml';
    const weakened = base.replace('"-x"', '"--co -x"');
    expect(await guarded(files, command, ['pyproject.toml', weakened])).toEqual([
      'passed',
      ['pyproject.toml'],
    ]);
    const more = base.replace('"x"\n', '"x"\ndependencies = ["six"]\n');
    expect(await guarded(files, command, ['pyproject.toml', more])).toEqual(['passed', []]);
  });
});

describe('a base that was allowed to be red', () => {
  const command = 'sh show.sh';
  const red = { 'show.sh': 'echo "FAILED test_one in 0.3s"; exit 1\n' };
  const check = { name: 'test', command, timeoutMs: 9000 };

  async function redBench() {
    const bench = await changedBench(red);
    const baseline = await checkBaseline(bench.work, {
      key: { scope: 'baseline', step: 1, index: 0 },
      proofLane: bench.prepared.proofLane,
      base: bench.base,
      checks: [check],
      setup: NO_SETUP,
    });
    return { bench, baseline };
  }

  it('may go on failing in the same way, which the evidence says', async () => {
    const { bench, baseline } = await redBench();
    const proof = await prove(bench, [], { checks: [check], baseline });
    expect(proof).toMatchObject({
      verdict: 'passed',
      evidence: [{ exitCode: 1, isKnownFailure: true }],
      feedback: null,
    });
    expect((await prove(bench, [], { checks: [check] })).verdict).toBe('failed');
  });

  it('may not fail in another way, and the agent is told which failures are new', async () => {
    const { bench, baseline } = await redBench();
    await bench.write(
      'show.sh',
      'echo "FAILED test_one in 0.9s"; echo "FAILED test_two"; exit 1\n',
    );
    const proof = await prove(bench, [], { checks: [check], baseline, allowCheckChanges: true });
    expect(proof.verdict).toBe('failed');
    expect(proof.feedback && (await bench.dependencies.blobs.getText(proof.feedback))).toContain(
      'This check failed before your change too. These failures are new:\nFAILED test_two',
    );
  });

  it('satisfies a story that changes nothing, when the steps of the story hold', async () => {
    const { bench, baseline } = await redBench();
    await rm(join(bench.lane.root, 'feature.txt'));
    const holds = [{ type: 'file_exists', path: 'README.md' }];
    const proof = await prove(bench, holds, { checks: [check], baseline });
    expect(proof.verdict).toBe('already-satisfied');
  });
});

/** Without a pid namespace the last resort is the host's own rights. */
const hasNamespace = (await detectSandbox()).kinds.includes('own-pid-namespace');

describe('a check that attacks its surroundings', () => {
  it
    .skipIf(!hasNamespace)
    .each([
      'kill -9 $PPID; exit 3',
      'kill -9 -1; exit 3',
      'kill -9 1; exit 3',
      'yes | head -c 20000000; exit 3',
    ])('fails and harms nobody: %s', async (command) => {
    const bench = await changedBench();
    const checks = [{ name: 'test', command, timeoutMs: 9000 }];
    const proof = await prove(bench, [], { checks });
    expect(proof).toMatchObject({ verdict: 'failed', evidence: [{ exitCode: 3 }] });
    expect(proof.evidence[0]?.output.bytes).toBeLessThan(600_000);
  });

  it('is stopped at its time limit, with all that it started', async () => {
    const bench = await changedBench();
    const command = 'setsid sleep 600 & trap "" TERM; sleep 600';
    const checks = [{ name: 'test', command, timeoutMs: 300 }];
    expect(await prove(bench, [], { checks })).toMatchObject({
      verdict: 'failed',
      evidence: [{ isTimedOut: true, exitCode: null }],
    });
  });

  it('finds no way out through a link in the place of its folder', async () => {
    const bench = await ralphBench({ 'app/x': 'x\n' }, 'app');
    await beginStory(bench.work, storyInput(bench));
    await mkdir(join(bench.lane.root, 'other'));
    await writeFile(join(bench.lane.root, 'other/y'), 'y\n');
    await symlink('/etc', join(bench.lane.root, 'app/etc'));
    const proof = await prove(bench, [{ type: 'shell', command: 'true', cwd: 'etc' }]);
    expect(proof.evidence).toMatchObject([{ exitCode: null }]);
  });
});
