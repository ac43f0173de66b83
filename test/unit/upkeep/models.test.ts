import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { InvalidInputError } from '../../../src/domain/light/error.js';
import { listModels, type ListedModel } from '../../../src/upkeep/models.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function list(toml: string, provider?: string): Promise<ListedModel[]> {
  const configFile = join(folder, 'config.toml');
  writeFileSync(configFile, toml);
  const environment = { HOME: folder };
  return listModels(await loadConfig({ project: folder, configFile, environment }), provider);
}

describe('the list of models', () => {
  it('has window and prices of the snapshot, and marks the default', async () => {
    const models = await list('', 'moonshotai');
    expect(models.find((each) => each.isDefault)).toEqual({
      provider: 'moonshotai',
      model: 'kimi-k2.5',
      contextWindow: 262_144,
      prices: { input: 0.6, cachedInput: 0.1, cacheWrite: null, output: 3 },
      isDefault: true,
      fallbackRank: null,
      retirement: null,
    });
  });

  it('has the models of configured servers, at their configured price', async () => {
    const models = await list(
      `default_model = "local/b"
fallback_models = ["local/a"]
[providers.local]
base_url = "http://127.0.0.1:1/v1"
models = ["b", "a"]
context_window = 4096
price = { input_per_million_usd = 1, output_per_million_usd = 2 }
`,
      'local',
    );
    const common = {
      provider: 'local',
      contextWindow: 4096,
      prices: { input: 1, cachedInput: 1, cacheWrite: 1, output: 2 },
      retirement: null,
    };
    expect(models).toEqual([
      { ...common, model: 'a', isDefault: false, fallbackRank: 1 },
      { ...common, model: 'b', isDefault: true, fallbackRank: null },
    ]);
  });

  it('says which models end, and knows no price where nobody does', async () => {
    const google = await list('', 'google');
    expect(google.find((each) => each.model === 'gemini-2.5-pro')?.retirement).toEqual({
      endsOn: '2026-12-01',
      replacement: 'google/gemini-3.8-flash',
    });
    expect((await list('', 'stepfun')).map((each) => each.prices.input)).toEqual([null]);
    expect(await list('', 'azure-anthropic')).toEqual([]);
  });

  it('leaves out models of other servers, and those that only embed', async () => {
    const ids = (await list('')).map((each) => `${each.provider}/${each.model}`);
    expect(ids.length).toBeGreaterThan(100);
    expect(ids.filter((id) => /^google\/claude|embedding/.test(id))).toEqual([]);
  });

  it('refuses a provider that nobody knows', async () => {
    const error: unknown = await list('', 'nobody').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ code: 'ERR_PROVIDER_UNKNOWN', where: { field: '--provider' } });
  });
});
