import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.js';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

function found(pattern: RegExp, text: string): string[] {
  return [...new Set(text.match(pattern) ?? [])].sort();
}

describe('docs/operations.md', () => {
  it('says what to do about every error code, and about no other', () => {
    const literals = sourceFiles('src').flatMap((file) => found(/'ERR_[A-Z0-9_]+'/g, file.text));
    const codes = found(/ERR_[A-Z0-9_]+/g, literals.join('\n'));
    expect(codes.length).toBeGreaterThan(50);
    expect(found(/ERR_[A-Z0-9_]+/g, operations)).toEqual(codes);
  });

  it('lists every environment variable that the configuration reads', () => {
    const config = sourceFiles('src/config').map((file) => file.text);
    const names = found(/environment\['[A-Z_]+'\]|xdg\('[A-Z_]+'/g, config.join('\n'))
      .map((match) => match.replace(/.*'([A-Z_]+)'.*/, '$1'))
      .filter((name) => name !== 'HOME');
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !operations.includes(name))).toEqual([]);
  });

  it('lists every key of the configuration file', () => {
    const schema = readFileSync(new URL('../../src/config/schema.ts', import.meta.url), 'utf8');
    const keys = found(/^ {2,}[a-z_]+(?=:)/gm, schema).map((key) => key.trim());
    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter((key) => !operations.includes(key))).toEqual([]);
  });
});
