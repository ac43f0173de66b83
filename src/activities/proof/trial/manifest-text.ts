import { parse as parseJson, type ParseError } from 'jsonc-parser';
import { parse as parseToml, stringify as printToml } from 'smol-toml';
import {
  changesResolution,
  manifestRuleOf,
  parseIni,
  printIni,
  restoreGoMod,
  restoreValues,
  type RestoreMode,
  type Values,
} from '../../../domain/index.js';

/** Two versions of one file. */
export interface TextPair {
  readonly path: string;
  readonly base: string;
  readonly story: string;
}

/** True for files whose values are put back one by one; others are put back as a whole. */
export function hasValues({ path }: Pick<TextPair, 'path'>): boolean {
  return manifestRuleOf(path) !== undefined;
}

/**
 * The story's file with the base's values where they decide about checks; the same text when nothing of that kind changed, the
 * base's text where one of the two cannot be read.
 */
export function restoreText({ path, base, story }: TextPair, mode: RestoreMode): string {
  const rule = manifestRuleOf(path);
  if (rule === undefined || base === story) return base;
  if (rule.format === 'go.mod') return restoreGoMod(base, story);
  const [before, after] = [parse(rule.format, base), parse(rule.format, story)];
  if (before === undefined || after === undefined) return base;
  try {
    const restored = restoreValues(rule, { base: before, story: after, mode });
    return restored === after ? story : print(rule.format, restored);
  } catch {
    // deeper than any configuration that people write
    return base;
  }
}

/** True when the file decides anew which files names find, though nothing of it is put back. */
export function movesNames({ path, base, story }: TextPair): boolean {
  const rule = manifestRuleOf(path);
  if (rule === undefined || rule.format === 'go.mod') return false;
  const [before, after] = [parse(rule.format, base), parse(rule.format, story)];
  if (before === undefined || after === undefined) return false;
  try {
    return changesResolution(rule, before, after);
  } catch {
    return true;
  }
}

type Format = 'json' | 'toml' | 'ini';

function parse(format: Format, text: string): Values | undefined {
  try {
    const plain = text.replace(/^\uFEFF/, '');
    if (format === 'ini') return parseIni(plain);
    if (format === 'toml') return parseToml(plain);
    return parseObject(plain);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Values | undefined {
  const errors: ParseError[] = [];
  const value: unknown = parseJson(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isValues(value)) return undefined;
  // the parser takes a key of this name for the prototype
  return text.includes('__proto__') ? plainObject(text) : value;
}

function plainObject(text: string): Values | undefined {
  const value: unknown = JSON.parse(text);
  return isValues(value) ? value : undefined;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function print(format: Format, values: Values): string {
  if (format === 'ini') return printIni(values);
  return format === 'toml' ? printToml(values) : `${JSON.stringify(values, null, 2)}\n`;
}
