import { replaceAll } from './plant-compiled.js';
import type { Plant } from './planting.js';

/** Canaries for JUnit. */
export const plantJava: Plant = (kind, { text, token }) => {
  const first = token(0);
  if (!/@(?:Parameterized)?Test\b/.test(text)) return undefined;
  if (kind === 'existing-tests')
    return replaceAll(
      text,
      /(@Test\b[^{};@]{0,200}\bvoid (\w{1,200})\([^(){};]{0,300}\)[^{};()]{0,200}\{)/g,
      {
        token: first,
        write: (head) => `${head} if (true) throw new RuntimeException("${first}");`,
      },
    );
  if (kind !== 'new-case') return undefined;
  const annotation = /org\.junit\.jupiter/.test(text)
    ? 'org.junit.jupiter.api.Test'
    : 'org.junit.Test';
  const code = `@${annotation} public void test${first}() { throw new RuntimeException("${first}"); }`;
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
  if (kind !== 'new-case') return undefined;
  const code = `public function test${first}(): void { throw new \\RuntimeException('${first}'); }`;
  return beforeLastBrace(text, code, first);
};

/** Canaries for RSpec and minitest. */
export const plantRuby: Plant = (kind, { path, text, token }) => {
  const first = token(0);
  const isSpec = path.endsWith('_spec.rb');
  if (kind === 'existing-tests') {
    return raiseInLines(text, isSpec ? isSpecCase : isTestMethod, first);
  }
  if (kind !== 'new-case') return undefined;
  const code = isSpec
    ? `RSpec.describe('${first}') { it('${first}') { raise '${first}' } }`
    : `class Test${first} < Minitest::Test\n  def test_${first}\n    raise '${first}'\n  end\nend`;
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
