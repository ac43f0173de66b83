import type { Command } from 'commander';
import type { ListedModel } from '../../upkeep/index.js';
import { createContext, exitWith } from '../context.js';
import { formatTable } from '../output.js';

/** Adds `codetether models`. */
export function addModelsCommand(program: Command): void {
  program
    .command('models')
    .description(
      'list models with context window and price; asks nobody, needs no key and no service',
    )
    .option('-P, --provider <name>', 'only models of this provider, built in or configured')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Prices are US dollars per million tokens, from the price snapshot that comes with this version, or from
[providers.NAME] price of your configuration. "?" = not known: a budget in dollars cannot be kept for such a model.

Examples:
  codetether models --provider anthropic
  codetether models --json
  codetether ralph run -p prd.json -m openrouter/stepfun/step-3.5-flash`,
    )
    .action(async (options: { provider?: string; json?: boolean }, command: Command) => {
      const { output, config } = await createContext(command);
      const { listModels } = await import('../../upkeep/index.js');
      const models = listModels(config, options.provider);
      if (options.json === true) output.document({ models: models.map(modelDocument) });
      else output.result(modelTable(models));
      exitWith(0);
    });
}

/** The list for people. Pure. */
export function modelTable(models: readonly ListedModel[]): string {
  if (models.length === 0)
    return 'no model is known by name: name one of your own as PROVIDER/MODEL, or list them as [providers.NAME] models';
  return formatTable([
    ['MODEL', 'CONTEXT', 'INPUT', 'CACHED', 'OUTPUT', ''],
    ...models.map((model) => [
      `${model.provider}/${model.model}`,
      formatTokens(model.contextWindow),
      formatPrice(model.prices.input),
      formatPrice(model.prices.cachedInput),
      formatPrice(model.prices.output),
      remarks(model),
    ]),
  ]);
}

function remarks(model: ListedModel): string {
  return [
    ...(model.isDefault ? ['default'] : []),
    ...(model.fallbackRank === null ? [] : [`fallback ${model.fallbackRank}`]),
    ...(model.retirement === null
      ? []
      : [`ends ${model.retirement.endsOn}, use ${model.retirement.replacement}`]),
  ].join(', ');
}

function formatTokens(tokens: number): string {
  return tokens >= 1_000_000
    ? `${Math.round(tokens / 100_000) / 10}M`
    : `${Math.round(tokens / 1000)}k`;
}

function formatPrice(usd: number | null): string {
  return usd === null ? '?' : `$${usd}`;
}

function modelDocument(model: ListedModel): Record<string, unknown> {
  return {
    provider: model.provider,
    model: model.model,
    reference: `${model.provider}/${model.model}`,
    context_window: model.contextWindow,
    usd_per_million_tokens: {
      input: model.prices.input,
      cached_input: model.prices.cachedInput,
      cache_write: model.prices.cacheWrite,
      output: model.prices.output,
    },
    is_default: model.isDefault,
    fallback_rank: model.fallbackRank,
    retires_on: model.retirement?.endsOn ?? null,
    replacement: model.retirement?.replacement ?? null,
  };
}
