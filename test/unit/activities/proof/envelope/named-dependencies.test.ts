import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isManifest,
  namedDependencies,
} from '../../../../../src/activities/proof/envelope/named-dependencies.js';

const CASES: readonly (readonly [path: string, text: string, names: readonly string[]])[] = [
  [
    'packages/a/package.json',
    '{"dependencies":{"b":"1","a":"2"},"devDependencies":{"c":"*"},"peerDependencies":{"d":"1"},"scripts":{"x":"y"}}',
    ['npm a', 'npm b', 'npm c', 'npm d'],
  ],
  ['package.json', 'no json', []],
  ['package.json', '{"dependencies":["a"]}', []],
  [
    'pyproject.toml',
    '[project]\ndependencies = ["Requests[socks]>=2", "my_lib ; python_version < \\"3\\""]\n[project.optional-dependencies]\ndev = ["pytest"]\n[dependency-groups]\ntest = ["ruff", {include-group = "x"}]\n[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "5"\n[tool.poetry.group.dev.dependencies]\nblack = "*"\n'.replaceAll(
      '\\"',
      "'",
    ),
    ['pypi black', 'pypi django', 'pypi my-lib', 'pypi pytest', 'pypi requests', 'pypi ruff'],
  ],
  [
    'requirements-dev.txt',
    '# note\nFlask==3\n-r other.txt\n  numpy>=1\n\n',
    ['pypi flask', 'pypi numpy'],
  ],
  [
    'Cargo.toml',
    '[dependencies]\nserde = "1"\n[dev-dependencies]\nrand = "0.8"\n[workspace.dependencies]\ntokio = "1"\n[target."cfg(unix)".dependencies]\nnix = "0.2"\n',
    ['cargo nix', 'cargo rand', 'cargo serde', 'cargo tokio'],
  ],
  [
    'go.mod',
    'module example.com/me\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\nrequire (\n\tgolang.org/x/net v0.1.0 // indirect\n)\n',
    ['go github.com/a/b', 'go golang.org/x/net'],
  ],
  [
    'Gemfile',
    "source 'https://rubygems.org'\ngem 'rails', '~> 7'\n  gem \"puma\"\n",
    ['gem puma', 'gem rails'],
  ],
  [
    'a.gemspec',
    'spec.add_dependency "rack", ">= 2"\nspec.add_development_dependency("rspec")\n',
    ['gem rack', 'gem rspec'],
  ],
  [
    'composer.json',
    '{"require":{"a/b":"1"},"require-dev":{"c/d":"1"}}',
    ['composer a/b', 'composer c/d'],
  ],
  [
    'pom.xml',
    '<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId></dependency></dependencies></project>',
    ['maven g:a'],
  ],
  [
    'build.gradle.kts',
    'implementation("com.x:y:1.0")\ntestImplementation(\'z.w:q\')\n',
    ['maven com.x:y', 'maven z.w:q'],
  ],
  ['src/package.ts', '{"dependencies":{"a":"1"}}', []],
];

describe('the names of what manifests want', () => {
  it.each(CASES)('of %s', (path, text, names) => {
    expect(namedDependencies(path, text)).toEqual(names);
  });

  it.each([
    ['package.json', true],
    ['a/b/requirements.txt', true],
    ['requirements/base.txt', false],
    ['package-lock.json', false],
    ['gradle/libs.versions.toml', true],
  ])('%s is a manifest: %s', (path, is) => {
    expect(isManifest(path)).toBe(is);
  });

  it('never throws, whatever a story wrote', () => {
    const paths = fc.constantFrom(...CASES.map(([path]) => path));
    fc.assert(
      fc.property(paths, fc.string({ unit: 'binary', maxLength: 300 }), (path, text) => {
        expect(Array.isArray(namedDependencies(path, text))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps its time on hostile lines', () => {
    const startedAt = performance.now();
    for (const [path] of CASES) {
      namedDependencies(path, `${' '.repeat(200_000)}"a:b`);
      namedDependencies(path, '<dependency><groupId>'.repeat(20_000));
      namedDependencies(path, 'require a.'.repeat(20_000));
    }
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
