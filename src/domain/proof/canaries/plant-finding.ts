import type { Language } from '../tools/tool-row.js';
import { languageOf } from './language.js';
import type { Planted, Planting } from './planting.js';

/** Things that linters and type checkers name, one bouquet a language; each name that they print is a token. */
const BOUQUETS: Readonly<
  Partial<
    Record<
      Language,
      (token: (index: number) => string) => { readonly head?: string; readonly end: string }
    >
  >
> = {
  javascript: (token) => ({
    end: [
      `const ${token(0)} = 1;`,
      `${token(1)}();`,
      `void { ${token(2)}: 1, ${token(2)}: 2 };`,
      `debugger;`,
      `if (${token(1)} == null) { }`,
      `function f${token(0)}(a, a2) { a = a; return; a2; }`,
      `var v${token(0)} = 'a' + "b";`,
      `while (true) { break; }`,
    ].join('\n'),
  }),
  typescript: (token) => ({
    end: [
      `const ${token(0)}: number = ${token(1)};`,
      `void { ${token(2)}: 1, ${token(2)}: 2 };`,
      `function f${token(0)}(untyped, other?: string): number { if (other) return other; }`,
      `const n${token(0)}: string = Math.random() > 2 ? null : undefined;`,
      `debugger;`,
    ].join('\n'),
  }),
  python: (token) => ({
    end: [
      `${token(0)}: int = '${token(0)}'`,
      `${token(1)}a = ${token(1)}`,
      `import os as o${token(0)}`,
      `def f${token(2)}(items=[]) -> int:`,
      `    ${token(2)} = 1`,
      `    try:`,
      `        return 'text'`,
      `    except:`,
      `        return f${token(2)}(None == items, 2, 3)`,
    ].join('\n'),
  }),
  go: (token) => ({
    head: `import f${token(0)} "fmt"`,
    end: `func v${token(0)}() { f${token(0)}.Printf("%d", "${token(0)}"); ${token(1)} := 1; ${token(1)} = ${token(1)} }`,
  }),
  rust: (token) => ({
    end: `fn f${token(0)}(a: &String) -> i32 { let ${token(1)} = 1; if a.len() == 0 { return 1; } return 2; }`,
  }),
};

const INDEXES = [0, 1, 2];

/** The file with findings of its language at the end, or undefined where none are known. Pure. */
export function plantFinding({ path, text, token }: Planting): Planted | undefined {
  const language = languageOf(path);
  const bouquet = language === undefined ? undefined : BOUQUETS[language]?.(token);
  if (bouquet === undefined) return undefined;
  const tokens = INDEXES.map(token).filter((name) => bouquet.end.includes(name));
  const { head, end } = bouquet;
  if (head === undefined) return { text: `${text}\n${end}\n`, tokens };
  const clause = /^package\s+\w+[^\n]*$/m.exec(text);
  if (clause === null) return undefined;
  const at = clause.index + clause[0].length;
  return { text: `${text.slice(0, at)}; ${head}${text.slice(at)}\n${end}\n`, tokens };
}

/** The file with an end that nothing can parse, or undefined for a language without a known one. Pure. */
export function plantUnreadable({ path, text, token }: Planting): Planted | undefined {
  if (languageOf(path) === undefined) return undefined;
  return { text: `${text}\n) ${token(0)} } ] "\n`, tokens: [token(0)] };
}
