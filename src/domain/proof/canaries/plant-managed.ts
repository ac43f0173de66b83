import { replaceAll } from './plant-compiled.js';
import type { Plant } from './planting.js';
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
  if (!/@(?:Parameterized)?Test\b/.test(text)) return undefined;
  if (kind === 'existing-tests')
    return replaceAll(
      text,
      /(@Test\b[^{};@]{0,200}\bvoid (\w{1,200})\([^(){};]{0,300}\)[^{};()]{0,200}\{)/g,
      { token: first, write: (head) => `${head} ${failingJava(first)}` },
    );
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
    return replaceAll(text, /(\bfunction (test\w{0,200})\([^(){};]{0,300}\)[^{};()]{0,100}\{)/g, {
      token: first,
      write: (head) => `${head} throw new \\RuntimeException('${first}');`,
    });
  const body =
    kind === 'new-case'
      ? `throw new \\RuntimeException('${first}');`
      : `$this->assertSame('${first}', 'other');`;
  const code = `public function test${first}(): void { ${body} }`;
  return beforeLastBrace(text, code, first);
};

/** Canaries for RSpec and minitest. */
export const plantRuby: Plant = (kind, { path, text, token }) => {
  const first = token(0);
  const isSpec = path.endsWith('_spec.rb');
  if (kind === 'existing-tests') {
    return raiseInLines(text, isSpec ? isSpecCase : isTestMethod, first);
  }
  const isNew = kind === 'new-case';
  const raised = `raise '${first}'`;
  const code = isSpec
    ? `RSpec.describe('${first}') { it('${first}') { ${isNew ? raised : `expect('${first}').to eq('other')`} } }`
    : `class Test${first} < Minitest::Test\n  def test_${first}\n    ${isNew ? raised : `assert_equal '${first}', 'other'`}\n  end\nend`;
  return { text: `${text}\n${code}\n`, tokens: [first] };
};

function beforeLastBrace(text: string, code: string, token: string): ReturnType<Plant> {
  const at = text.lastIndexOf('}');
  return at < 0
    ? undefined
    : { text: `${text.slice(0, at)}${code}\n${text.slice(at)}`, tokens: [token] };
}

function isSpecCase(line: string): boolean {
  return /^\s{0,80}(?:it|specify)\b/.test(line) && line.trimEnd().endsWith(' do');
}

function isTestMethod(line: string): boolean {
  return /^\s{0,80}def test_\w/.test(line);
}

/** Each line that opens a test also raises. */
function raiseInLines(
  text: string,
  opens: (line: string) => boolean,
  token: string,
): ReturnType<Plant> {
  const lines = text.split('\n');
  const changed = lines.map((line) => (opens(line) ? `${line}; raise '${token}'` : line));
  return changed.every((line, at) => line === lines[at])
    ? undefined
    : { text: changed.join('\n'), tokens: [token] };
}
