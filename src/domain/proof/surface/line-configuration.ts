import type { Values } from './restore-values.js';

/** Deeper or larger is no configuration that anybody wrote. */
const LONGEST_LINE = 20_000;

/**
 * Sections and keys of an INI file as Python's configparser reads it: values may go on in indented lines. Comments are left out. Keys
 * before the first section stand in the section of the empty name. Pure.
 */
export function parseIni(text: string): Values {
  const sections = new Map<string, Map<string, string>>();
  let keys = new Map<string, string>();
  let key: string | undefined;
  for (const line of text.split(/\r?\n/).filter(saysSomething)) {
    const header = /^\[([^\]]*)\]/.exec(line);
    if (header !== null) {
      keys = sections.get(header[1] ?? '') ?? new Map<string, string>();
      sections.set(header[1] ?? '', keys);
      key = undefined;
    } else if (/^\s/.test(line) && key !== undefined) {
      keys.set(key, `${keys.get(key) ?? ''}\n    ${line.trim()}`);
    } else {
      if (sections.size === 0) sections.set('', keys);
      key = setKey(keys, line);
    }
  }
  return Object.fromEntries([...sections].map(([name, own]) => [name, Object.fromEntries(own)]));
}

function saysSomething(line: string): boolean {
  return line.length <= LONGEST_LINE && line.trim() !== '' && !/^\s*[#;]/.test(line);
}

function setKey(keys: Map<string, string>, line: string): string {
  const at = line.search(/[=:]/);
  const key = (at < 0 ? line : line.slice(0, at)).trim();
  keys.set(key, at < 0 ? '' : line.slice(at + 1).trim());
  return key;
}

/** The text of what {@link parseIni} read. Pure. */
export function printIni(values: Values): string {
  const parts = Object.entries(values).map(([name, keys]) => {
    const lines = Object.entries(keys as Values).map(([key, value]) => `${key} = ${String(value)}`);
    return [...(name === '' ? [] : [`[${name}]`]), ...lines].join('\n');
  });
  return `${parts.join('\n\n')}\n`;
}

/** Directives of go.mod that decide which code a module name finds. */
const GO_DIRECTIVE = /^(replace|exclude|retract|toolchain|godebug)\b/;

/** The story's go.mod with the base's directives `replace`, `exclude`, `toolchain` and like; the same text when they are the same. Pure. */
export function restoreGoMod(base: string, story: string): string {
  const [before, after] = [splitGoMod(base), splitGoMod(story)];
  const wanted = before.directives.join('\n');
  if (wanted.trim() === after.directives.join('\n').trim()) return story;
  return `${after.others.join('\n').trimEnd()}\n${wanted === '' ? '' : `${wanted}\n`}`;
}

function splitGoMod(text: string): { readonly directives: string[]; readonly others: string[] } {
  const directives: string[] = [];
  const others: string[] = [];
  let isInside: 'directive' | 'other' | undefined;
  for (const line of text.split(/\r?\n/)) {
    const isDirective =
      isInside === undefined ? GO_DIRECTIVE.test(line.trim()) : isInside === 'directive';
    (isDirective ? directives : others).push(line);
    if (isInside === undefined && /\(\s*$/.test(line))
      isInside = isDirective ? 'directive' : 'other';
    else if (line.trim() === ')') isInside = undefined;
  }
  return { directives, others };
}
