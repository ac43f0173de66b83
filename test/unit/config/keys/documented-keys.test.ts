import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { newConfigFile } from '../../../../src/config/edit/new-file.js';
import {
  DOCUMENTED_KEYS,
  isConfigKey,
  keyDoc,
  keyTable,
  rightsOf,
} from '../../../../src/config/keys/documented-keys.js';
import { configJsonSchema } from '../../../../src/config/keys/json-schema.js';
import { schemaKeys } from '../../../../src/config/keys/schema-keys.js';
import { projectFileSchema, userFileSchema } from '../../../../src/config/schema.js';

const page = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
const schemaFile = new URL('../../../../docs/config.schema.json', import.meta.url);

describe('the keys of the configuration', () => {
  it('are all documented, and no other is', () => {
    const keys = schemaKeys(userFileSchema).map((path) => path.join('.'));
    expect(keys.length).toBeGreaterThan(120);
    expect(Object.keys(DOCUMENTED_KEYS).toSorted()).toEqual(keys.toSorted());
  });

  it('stand in docs/operations.md as they are (npm run config:docs writes them)', () => {
    expect(page).toContain(`\n\n${keyTable()}\n\n<!-- end of keys -->`);
    const headings = new Set(page.match(/^#+ .*/gm)?.map((line) => line.replace(/^#+ /, '')));
    const sections = Object.values(DOCUMENTED_KEYS).flatMap(([, , section]) => section ?? []);
    expect(sections.filter((section) => !headings.has(section))).toEqual([]);
  });

  it('are in the JSON Schema that editors read (npm run config:docs writes it)', () => {
    expect(JSON.parse(readFileSync(schemaFile, 'utf8'))).toEqual(configJsonSchema());
    const described = JSON.stringify(configJsonSchema()).match(/"description"/g) ?? [];
    expect(described).toHaveLength(Object.keys(DOCUMENTED_KEYS).length);
  });

  it('are open to project files exactly where the schema of these has them', () => {
    const open = schemaKeys(projectFileSchema).map((path) => path.join('.'));
    const said = Object.keys(DOCUMENTED_KEYS).filter(
      (key) => rightsOf(key.split('.')) === 'project',
    );
    expect(said.toSorted()).toEqual(open.toSorted());
    expect(rightsOf(['egress', 'allow'])).toBe('user');
    expect(rightsOf(['workspace', 'share'])).toBe('trusted');
  });

  it('are found by any name that stands for NAME', () => {
    expect(keyDoc(['providers', 'local', 'wire'])?.[1]).toContain('openai-chat');
    expect(keyDoc(['providers', 'local'])).toBeUndefined();
    expect(isConfigKey(['providers', 'local'])).toBe(true);
    expect(isConfigKey(['checks'])).toBe(true);
    expect(isConfigKey(['providers', 'local', 'wires'])).toBe(false);
    expect(isConfigKey(['nothing'])).toBe(false);
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(configJsonSchema());

  it.each([
    ['default_model = "a/b"', true],
    [
      '[providers.x]\nwire = "openai-chat"\nprice = { input_per_million_usd = 1, output_per_million_usd = 2 }',
      true,
    ],
    ['default_model = "a"', false],
    ['defualt_model = "a/b"', false],
    ['[api]\nport = "x"', false],
    ['[providers.x]\nwyre = "openai-chat"', false],
  ])('%j is judged as the command line judges it: %s', (text, isValid) => {
    expect(validate(parse(text))).toBe(isValid);
    expect(userFileSchema.safeParse(parse(text)).success).toBe(isValid);
  });
});

describe('a first configuration file', () => {
  it.each(['user', 'project'] as const)(
    'says nothing, and every line of the %s’s is one that counts without its mark',
    (kind) => {
      const text = newConfigFile(kind);
      expect(parse(text)).toEqual({});
      const lines = text.split('\n').filter((line) => /^#[a-z]/.test(line));
      expect(lines.length).toBeGreaterThan(4);
      const schema = kind === 'user' ? userFileSchema : projectFileSchema;
      const whole = parse(lines.map((line) => line.slice(1)).join('\n'));
      expect(schema.safeParse(whole).error).toBeUndefined();
    },
  );
});
