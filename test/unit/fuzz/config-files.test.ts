import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { InvalidInputError } from '../../../src/domain/light/error.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const TABLES =
  'worker providers.openai workspace sandbox temporal api service vault codec notify checks providers';
const KEYS =
  'default_model fallback_models checks setup paths min_free_bytes minimum wire base_url auth headers transcript price models port ui_port cli address mount path namespace auth role enabled transit_mount key webhook events copy share extra_dirs setup_timeout_s inhibit_sleep name command timeout_s __proto__ constructor';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '\u001b[2J',
    '-----BEGIN PRIVATE KEY-----',
    '../../..',
    '/dev/zero',
    'x'.repeat(5000),
  ),
);
const value: fc.Arbitrary<string> = fc.oneof(
  hostile.map((text) => JSON.stringify(text)),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.boolean().map(String),
  fc.constantFrom('[]', '{}', '[[[[1]]]]', '1979-05-27T07:32:00Z', `${'['.repeat(3000)}`, 'nan'),
  fc.array(hostile, { maxLength: 4 }).map((texts) => JSON.stringify(texts)),
);
const key = fc.oneof(
  fc.constantFrom(...KEYS.split(' ')),
  hostile.map((text) => JSON.stringify(text)),
);
const line = fc.oneof(
  fc.tuple(key, value).map(([name, content]) => `${name} = ${content}`),
  fc.constantFrom(...TABLES.split(' ')).map((name) => `[${name}]`),
  fc.constantFrom(...TABLES.split(' ')).map((name) => `[[${name}]]`),
  hostile,
);
const file = fc.oneof(
  fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join('\n'))),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

describe('a configuration file of whatever content', () => {
  it(
    'is read or refused with its name, and never anything else',
    { timeout: 120_000 },
    async () => {
      const folder = await temporaryFolder();
      const user = join(folder, 'config', 'codetether');
      await mkdir(user, { recursive: true });
      await mkdir(join(folder, 'project'));
      const environment = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
      const places = {
        project: join(folder, 'project', 'codetether.toml'),
        named: join(folder, 'named.toml'),
      };
      let read = 0;
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(
          file,
          fc.constantFrom('project' as const, 'named' as const),
          async (bytes, place) => {
            await writeFile(places.project, place === 'project' ? bytes : '');
            await writeFile(places.named, place === 'named' ? bytes : '');
            const startedAt = performance.now();
            try {
              const project = join(folder, 'project');
              await loadConfig({ project, configFile: places.named, environment });
              read += 1;
            } catch (error) {
              if (!(error instanceof InvalidInputError)) throw error;
              expect(error.exitCode).toBe(2);
              refused += 1;
            }
            expect(performance.now() - startedAt).toBeLessThan(5000);
          },
        ),
        { seed: 20260105, numRuns: 700 },
      );
      expect(read).toBeGreaterThan(20);
      expect(refused).toBeGreaterThan(100);
    },
  );

  it.each(['/dev/zero', '/dev', '/proc/self/mem', '/dev/stdin/x'])(
    'is no device and no folder: %s',
    async (configFile) => {
      const environment = { HOME: await temporaryFolder() };
      await expect(loadConfig({ configFile, environment })).rejects.toMatchObject({ exitCode: 2 });
    },
  );
});
