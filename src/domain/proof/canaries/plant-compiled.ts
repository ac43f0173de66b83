import type { Plant, Planted } from './planting.js';

/** Canaries for Go: never a panic, which would end the package's run and hide the others. */
export const plantGo: Plant = (kind, { text, token }) => {
  const first = token(0);
  if (!/\btesting\.T\b/.test(text)) return undefined;
  if (kind === 'existing-tests')
    return replaceAll(text, /^(func\s+Test\w*\s*\(\s*(\w+)\s+\*testing\.T\s*\)\s*\{)/gm, {
      token: first,
      write: (head, name) => `${head} if true { ${name}.Fatal("${first}") };`,
    });
  const call =
    kind === 'new-case'
      ? `t.Errorf("${first}")`
      : /testify\/(?:assert|require)"/.exec(text) === null
        ? undefined
        : `${/testify\/assert"/.test(text) ? 'assert' : 'require'}.Equal(t, 1, 2, "${first}")`;
  if (call === undefined) return undefined;
  const added = `func Test_${first}(t *testing.T) { ${call} }`;
  return { text: `${text}\n${added}\n`, tokens: [first] };
};

/** Canaries for Rust: tests in `tests/` and beside the code. */
export const plantRust: Plant = (kind, { text, token }) => {
  const first = token(0);
  if (!/#\[(?:\w+::)*test\b/.test(text)) return undefined;
  if (kind === 'existing-tests') return failRustTests(text, first);
  const body = kind === 'new-case' ? `panic!("${first}")` : `assert_eq!("${first}", "other")`;
  const added = `#[cfg(test)] mod c${first} { #[test] fn fails() { ${body}; } }`;
  return { text: `${text}\n${added}\n`, tokens: [first] };
};

/** Behind an attribute that marks a test, the next function's body begins with a panic. */
function failRustTests(text: string, token: string): Planted | undefined {
  let isMarked = false;
  let isPlanted = false;
  const lines = text.split('\n').map((line) => {
    if (/#\[(?:\w{1,40}::){0,3}test\b/.test(line)) isMarked = true;
    const name = isMarked ? /\bfn \w/.exec(line) : null;
    const brace = name === null ? -1 : line.indexOf('{', name.index);
    if (brace < 0) return line;
    isMarked = false;
    isPlanted = true;
    return `${line.slice(0, brace + 1)} if true { panic!("${token}") };${line.slice(brace + 1)}`;
  });
  return isPlanted ? { text: lines.join('\n'), tokens: [token] } : undefined;
}

/** A canary for C and C++: names itself before `main`, so that several of one program are shown, and fails when the program ends. */
export const plantNative: Plant = (kind, { path, text, token }) => {
  const first = token(0);
  if (kind !== 'existing-tests' || /\.h(?:h|pp)?$/.test(path)) return undefined;
  const added = [
    '#include <stdio.h>',
    '#include <stdlib.h>',
    `static void e${first}(void) { fflush(stdout); _Exit(1); }`,
    `__attribute__((constructor)) static void c${first}(void) { fputs("${first}\\n", stderr); atexit(e${first}); }`,
  ].join('\n');
  return { text: `${text}\n${added}\n`, tokens: [first] };
};

/** A canary for tests that are shell scripts. */
export const plantShell: Plant = (kind, { text, token }) => {
  if (kind !== 'existing-tests') return undefined;
  const first = token(0);
  const head = /^#![^\n]*\n/.exec(text)?.[0] ?? '';
  return {
    text: `${head}echo ${first} >&2; exit 1\n${text.slice(head.length)}`,
    tokens: [first],
  };
};

/** Every match of `pattern` (head, name) replaced; undefined when there is none. */
export function replaceAll(
  text: string,
  pattern: RegExp,
  {
    write,
    token,
  }: { readonly write: (head: string, name: string) => string; readonly token: string },
): Planted | undefined {
  let isPlanted = false;
  const changed = text.replace(pattern, (_, head: string, name: string) => {
    isPlanted = true;
    return write(head, name);
  });
  return isPlanted ? { text: changed, tokens: [token] } : undefined;
}
