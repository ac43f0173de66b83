/** A check that does not exist yet and that a PRD proposes. */
export interface ProposedCheck {
  readonly name: string;
  readonly command: string;
}

/** Checks for the language that a description names. */
export interface ProposedChecks {
  /** As people write it. */
  readonly language: string;
  readonly checks: readonly ProposedCheck[];
}

const test = (command: string): ProposedCheck => ({ name: 'test', command });

/** Languages, and frameworks that stand for one; words that mean something else in prose count with capital letters only. */
const LANGUAGES: readonly (ProposedChecks & { readonly words: RegExp })[] = [
  {
    language: 'Deno',
    words: /\bdeno\b/i,
    checks: [{ name: 'lint', command: 'deno lint' }, test('deno test')],
  },
  { language: 'Bun', words: /\bBun\b|\bbun (?:app|project|runtime)\b/, checks: [test('bun test')] },
  {
    language: 'TypeScript',
    words: /\btypescript\b|\bangular\b|\bnest\.?js\b|\bnext\.?js\b/i,
    checks: [{ name: 'typecheck', command: 'npm run typecheck' }, test('npm test')],
  },
  {
    language: 'JavaScript',
    words:
      /\b[Jj]ava[Ss]cript\b|\b[Nn]ode\.?[Jj][Ss]\b|\bNode (?:app|server|CLI|package|program|\d)|\b[Vv]ue(?:\.?js)?\b|\bReact\b(?! (?:to|on)\b)|\b(?:react|express)\.?js\b|\bSvelte\b|\bnpm\b/,
    checks: [test('npm test')],
  },
  {
    language: 'Python',
    words: /\b[Pp]ython\d?\b|\b[Dd]jango\b|\bFlask\b|\b[Ff]ast[Aa][Pp][Ii]\b|\bpytest\b/,
    checks: [test('python3 -m pytest')],
  },
  {
    language: 'Go',
    words:
      /\bgolang\b|\b(?:[Ii]n|[Uu]sing|[Ww]ith) Go\b|\bGo (?:program|service|module|library|CLI|command|server|API|tool|app|package|code|1\.\d)/,
    checks: [{ name: 'lint', command: 'go vet ./...' }, test('go test ./...')],
  },
  {
    language: 'Rust',
    words: /\bRust\b|\bcargo (?:project|crate|workspace)\b/,
    checks: [{ name: 'typecheck', command: 'cargo check --all-targets' }, test('cargo test')],
  },
  { language: 'Kotlin', words: /\bkotlin\b/i, checks: [test('gradle test')] },
  {
    language: 'Java',
    words: /\bJava\b(?! ?Script)|\bspring boot\b/i,
    checks: [test('mvn -q test')],
  },
  { language: 'C#', words: /\bC#|(?<!\w)\.NET\b|\bdotnet\b/i, checks: [test('dotnet test')] },
  { language: 'PHP', words: /\bphp\b|\blaravel\b|\bsymfony\b/i, checks: [test('composer test')] },
  { language: 'Ruby', words: /\bRuby\b|\bRails\b/, checks: [test('rake test')] },
  { language: 'C++', words: /\bC\+\+|\bcpp\b/i, checks: [test('make test')] },
  { language: 'C', words: /\b(?:in|plain|ANSI) C\b(?![+#])/, checks: [test('make test')] },
];

/** More of a description names no other language. */
const READ_LENGTH = 64 * 1024;

/**
 * Checks for a project that has nothing yet, by the language that its description names first; undefined when it names none
 * that is known here. Pure, linear.
 */
export function proposedChecks(description: string): ProposedChecks | undefined {
  const text = description.slice(0, READ_LENGTH);
  let best: { readonly at: number; readonly found: ProposedChecks } | undefined;
  for (const { words, language, checks } of LANGUAGES) {
    const at = text.search(words);
    if (at >= 0 && (best === undefined || at < best.at)) best = { at, found: { language, checks } };
  }
  return best?.found;
}
