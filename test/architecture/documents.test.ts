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

describe('docs/architecture.md', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  const listed = (heading: string): string[] => {
    const section = page.split(`### ${heading}\n`)[1]?.split(/\n##/)[0] ?? '';
    return [...section.matchAll(/`(src\/[^`]+\.ts)`/g)].map((match) => match[1] ?? '');
  };
  const known = new Set(sourceFiles('src').map(({ path }) => path));

  it.each([
    ['One turn of an agent', 20],
    ['One story', 20],
    ['The start of a run', 15],
  ])('%s can be read in %i files that exist', (heading, most) => {
    const files = listed(heading);
    expect(files.length).toBeGreaterThan(5);
    expect(files.length).toBeLessThanOrEqual(most);
    expect(files.filter((path) => !known.has(path))).toEqual([]);
  });

  it('names every room', () => {
    const rooms = new Set([...known].map((path) => path.split('/').slice(0, 2).join('/')));
    expect([...rooms].filter((room) => !page.includes(`\`${room}\``))).toEqual([]);
  });
});
