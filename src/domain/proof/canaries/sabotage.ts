import { spelled } from './canary.js';
import type { Language } from '../tools/tool-row.js';

/** A function in a source file. Offsets count UTF-16 units; `end` is behind the body. */
export interface FoundFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** `block`: braces or an indented block. `expression`: the body of a short arrow function. */
  readonly body: 'block' | 'expression';
}

/** A source file and the functions that were found in it, outer ones only. */
export interface ParsedSource {
  readonly path: string;
  readonly language: Language;
  readonly text: string;
  readonly functions: readonly FoundFunction[];
}

/**
 * The file with each of these functions failing at once and showing its own token. Undefined where it has none of them. Pure.
 */
export function sabotage(
  source: ParsedSource,
  tokens: ReadonlyMap<string, string>,
): string | undefined {
  const chosen = source.functions.flatMap((found) => {
    const token = tokens.get(found.name);
    return token === undefined ? [] : [{ found, token }];
  });
  if (chosen.length === 0) return undefined;
  let text = source.text;
  for (const { found, token } of [...chosen].sort(
    (one, other) => other.found.start - one.found.start,
  ))
    text = breakFunction({ ...source, text }, found, token);
  return source.language === 'cpp' ? `#include <stdio.h>\n#include <stdlib.h>\n${text}` : text;
}

/** A statement that throws. Runners that print no messages print the class of what was thrown: both are the token. Pure. */
export function failingJava(token: string): string {
  return `if (true) { class ${token} extends RuntimeException { ${token}() { super("${token}"); } } throw new ${token}(); }`;
}

const STATEMENTS: Readonly<
  Record<Exclude<Language, 'python' | 'ruby'>, (token: string) => string>
> = {
  javascript: (token) => ` throw Error(${spelled(token)});`,
  typescript: (token) => ` throw Error(${spelled(token)});`,
  go: (token) => ` if true { panic("${token}") };`,
  rust: (token) => ` if true { panic!("${token}") };`,
  cpp: (token) => ` fputs("${token}\\n", stderr); _Exit(1);`,
  java: (token) => ` ${failingJava(token)}`,
  php: (token) => ` throw new \\RuntimeException('${token}');`,
};

function breakFunction(
  { language, text }: ParsedSource,
  { start, end, body }: FoundFunction,
  token: string,
): string {
  if (language === 'python' || language === 'ruby') {
    const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    const raise =
      language === 'python' ? `raise RuntimeError(${spelled(token)})` : `raise ${spelled(token)}`;
    const gap = line.trim() === '' ? `\n${line}` : '; ';
    return `${text.slice(0, start)}${raise}${gap}${text.slice(start)}`;
  }
  const statement = STATEMENTS[language](token);
  if (body === 'expression') return `${text.slice(0, start)}{${statement} }${text.slice(end)}`;
  return `${text.slice(0, start + 1)}${statement}${text.slice(start + 1)}`;
}

/** A file without any function, failing when it is loaded; undefined where its language has no such moment. Pure. */
export function failOnLoad({ language, text }: ParsedSource, token: string): string | undefined {
  if (language === 'javascript' || language === 'typescript')
    return `${text}\nif (1 > 0) throw Error(${spelled(token)});\n`;
  if (language === 'python') return `${text}\nraise RuntimeError(${spelled(token)})\n`;
  return undefined;
}

/** A shell script that fails before it does anything. Pure. */
export function failAtOnce(text: string, token: string): string {
  const first = /^#![^\n]*\n/.exec(text)?.[0] ?? '';
  return `${first}echo '${token}' >&2; exit 1\n${text.slice(first.length)}`;
}
