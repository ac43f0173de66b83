import type { Plant } from './planting.js';
import { markOf } from './canary.js';
import { failingJava } from './sabotage.js';

interface JavaRunner {
  readonly annotation: string;
  readonly assertions: string;
}

/** Annotation and assertions of the runner that a file of Java tests is written for. */
function javaRunner(text: string): JavaRunner {
  if (/\borg\.junit\.jupiter\b/.test(text))
    return {
      annotation: 'org.junit.jupiter.api.Test',
      assertions: 'org.junit.jupiter.api.Assertions',
    };
  if (/\borg\.testng\b/.test(text))
    return { annotation: 'org.testng.annotations.Test', assertions: 'org.testng.Assert' };
  return { annotation: 'org.junit.Test', assertions: 'org.junit.Assert' };
}

/** Canaries for JUnit and TestNG. */
export const plantJava: Plant = (kind, { text, token }) => {
  const first = token(0);
  if (!JAVA_TEST.test(text)) return undefined;
  if (kind === 'existing-tests')
    return insertAt(text, javaBodies(text), { token: first, code: ` ${failingJava(first)}` });
  const { annotation, assertions } = javaRunner(text);
  const body =
    kind === 'new-case'
      ? `throw new RuntimeException("${first}");`
      : `${assertions}.assertEquals("${first}", "other");`;
  const code = `@${annotation} public void test${first}() { ${body} }`;
  return beforeLastBrace(text, code, first);
};

/** Canaries for PHPUnit. */
export const plantPhp: Plant = (kind, { text, token }) => {
  const first = token(0);
  if (!/\bTestCase\b/.test(text)) return undefined;
  if (kind === 'existing-tests')
    return insertAt(text, phpBodies(text), {
      token: first,
      code: ` throw new \\RuntimeException('${first}');`,
    });
  const body =
    kind === 'new-case'
      ? `throw new \\RuntimeException('${first}');`
      : `$this->assertSame('${first}', 'other');`;
  const code = `public function test${markOf(first)}(): void { ${body} }`;
  return beforeLastBrace(text, code, first);
};

/** Canaries for RSpec and minitest, and for test-unit. */
export const plantRuby: Plant = (kind, { path, text, token }) => {
  const first = token(0);
  const isSpec = path.endsWith('_spec.rb') || DESCRIBES.test(text);
  if (kind === 'existing-tests')
    return isSpec
      ? (raiseInLines(text, isGroup, { code: `before { raise '${first}' }`, token: first }) ??
          raiseInLines(text, isSpecCase, { code: `raise '${first}'`, token: first }))
      : raiseInLines(text, isTestMethod, { code: `raise '${first}'`, token: first });
  return { text: `${text}\n${rubyCase(kind, text, { isSpec, token: first })}\n`, tokens: [first] };
};

/** A group of specifications at the top of a file. */
const DESCRIBES = /^(?:RSpec\.)?(?:describe|context|feature)\b.{0,300}\bdo\b/m;

function rubyCase(
  kind: Parameters<Plant>[0],
  text: string,
  { isSpec, token }: { readonly isSpec: boolean; readonly token: string },
): string {
  const isNew = kind === 'new-case';
  const isMinitest = /\bminitest\b/i.test(text);
  if (isSpec) {
    const compared = isMinitest
      ? `assert_equal '${token}', 'other'`
      : `expect('${token}').to eq('other')`;
    const group = isMinitest ? 'describe' : 'RSpec.describe';
    return `${group}('${markOf(token)}') { it('${markOf(token)}') { ${isNew ? `raise '${token}'` : compared} } }`;
  }
  const base = /\bTest::Unit\b/.test(text) ? 'Test::Unit::TestCase' : 'Minitest::Test';
  const body = isNew ? `raise '${token}'` : `assert_equal '${token}', 'other'`;
  return `class Test${markOf(token)} < ${base}\n  def test_${markOf(token)}\n    ${body}\n  end\nend`;
}

function beforeLastBrace(text: string, code: string, token: string): ReturnType<Plant> {
  const at = text.lastIndexOf('}');
  return at < 0
    ? undefined
    : { text: `${text.slice(0, at)}${code}\n${text.slice(at)}`, tokens: [token] };
}

function isGroup(line: string): boolean {
  return DESCRIBES.test(line) && line.trimEnd().endsWith(' do');
}

function isSpecCase(line: string): boolean {
  return /^\s{0,80}(?:it|specify)\b/.test(line) && line.trimEnd().endsWith(' do');
}

function isTestMethod(line: string): boolean {
  if (/^\s{0,80}def test_\w/.test(line)) return true;
  return /^\s{0,80}test ["']/.test(line) && line.trimEnd().endsWith(' do');
}

/** Each line that opens a test, or a group of them, also does `code`. */
function raiseInLines(
  text: string,
  opens: (line: string) => boolean,
  { code, token }: { readonly code: string; readonly token: string },
): ReturnType<Plant> {
  const lines = text.split('\n');
  const changed = lines.map((line) => (opens(line) ? `${line}; ${code}` : line));
  return changed.every((line, at) => line === lines[at])
    ? undefined
    : { text: changed.join('\n'), tokens: [token] };
}

const JAVA_TEST = /@[\w.]{0,80}Test\b/;
const JAVA_TESTS = /@[\w.]{0,80}Test\b/g;
/** Annotations of one test are shorter. */
const HEAD_LENGTH = 3000;

/** Behind the brace of each method that is a test, whatever annotations it has. */
function javaBodies(text: string): number[] {
  const heads = [...text.matchAll(JAVA_TESTS)];
  const found = heads.flatMap(({ index }) => {
    const name = /\bvoid\s{1,20}\w{1,200}\s{0,5}\(/.exec(text.slice(index, index + HEAD_LENGTH));
    return name === null ? [] : (bodyAt(text, index + name.index + name[0].length) ?? []);
  });
  return [...new Set(found)];
}

/** The same in PHP: by name, by attribute, or by what stands in the comment before. */
function phpBodies(text: string): number[] {
  return [...text.matchAll(/\bfunction\s{1,20}(\w{1,200})\s{0,5}\(/g)].flatMap((match) => {
    const before = text.slice(Math.max(0, match.index - HEAD_LENGTH), match.index);
    const own = before.slice(Math.max(before.lastIndexOf('}'), before.lastIndexOf('{')) + 1);
    const isTest =
      (match[1] ?? '').startsWith('test') || /#\[[^#\]]{0,200}Test\b|@test\b/.test(own);
    return isTest ? (bodyAt(text, match.index + match[0].length) ?? []) : [];
  });
}

/** Behind the brace that opens a body, from behind the parenthesis that opens its parameters; undefined where there is none. */
function bodyAt(text: string, start: number): number | undefined {
  let depth = 1;
  let at = start;
  for (; at < text.length && depth > 0; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
  }
  const rest = text.slice(at, at + HEAD_LENGTH);
  const brace = rest.search(/[{};]/);
  return brace < 0 || rest[brace] !== '{' ? undefined : at + brace + 1;
}

function insertAt(
  text: string,
  places: readonly number[],
  { code, token }: { readonly code: string; readonly token: string },
): ReturnType<Plant> {
  if (places.length === 0) return undefined;
  const ends = [...places].sort((one, other) => one - other);
  const parts = ends.map((end, at) => `${text.slice(ends[at - 1] ?? 0, end)}${code}`);
  return { text: `${parts.join('')}${text.slice(ends.at(-1))}`, tokens: [token] };
}
