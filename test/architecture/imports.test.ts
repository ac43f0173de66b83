import { createRequire } from 'node:module';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { describe, expect, it } from 'vitest';
import { repository } from './source-files.js';

interface CruiserConfig {
  readonly forbidden: NonNullable<ICruiseOptions['ruleSet']>['forbidden'];
  readonly options: ICruiseOptions & { readonly tsConfig: { readonly fileName: string } };
}

async function cruiseSources(): Promise<ICruiseResult> {
  const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as CruiserConfig;
  const { tsConfig, ...options } = config.options;
  const result = await cruise(
    ['src'],
    {
      ...options,
      baseDir: repository,
      validate: true,
      ruleSet: { forbidden: config.forbidden, options: { tsConfig } },
    } as ICruiseOptions,
    undefined,
    { tsConfig: extractTSConfig(tsConfig.fileName) },
  );
  return result.output as ICruiseResult;
}

describe('imports', () => {
  it('obey the import matrix, in a graph that is not empty', async () => {
    const result = await cruiseSources();
    expect(result.summary.totalCruised).toBeGreaterThan(40);
    expect(result.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(100);
    const violations = result.summary.violations.map(
      ({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
    );
    expect(violations).toEqual([]);
  });
});
