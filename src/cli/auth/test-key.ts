import { formatUsd } from '../../report/index.js';
import {
  InvalidInputError,
  parseModelReference,
  suggestedModel,
  toUsd,
} from '../../domain/index.js';
import type { CommandContext } from '../context.js';
import type { TestOptions } from './options.js';
import { namedModel } from './named-model.js';
import { startLocalVault } from './vault-service.js';

/** Has the worker ask a model for one word and prints how long it took and what it cost. */
export async function testKey(
  provider: string,
  options: TestOptions,
  context: CommandContext,
): Promise<void> {
  const { config, globals, output } = context;
  const reference = modelOf(provider, options, context);
  const model = parseModelReference(reference);
  const { assertModelReachable } = await import('../../runs/index.js');
  const { ensureRunning } = await import('../../service/index.js');
  const { testProvider } = await import('../../upkeep/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  await startLocalVault(context);
  await assertModelReachable(model, config, processEnvironment());
  const endpoint = await ensureRunning(config, {
    temporalCli: globals.temporalCli,
    ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
    onProgress: (text) => output.note(text),
  });
  const { latencyMs, usage, costMicroUsd } = await testProvider(config, endpoint, model);
  if (options.json === true) {
    output.document({
      provider,
      model: reference,
      latency_ms: latencyMs,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cost_usd: toUsd(costMicroUsd),
    });
    return;
  }
  output.result(
    `${reference} answered in ${latencyMs} ms: ${usage.inputTokens} tokens in, ${usage.outputTokens} out, cost ${formatUsd(toUsd(costMicroUsd))}`,
  );
}

function modelOf(provider: string, options: TestOptions, { config }: CommandContext): string {
  if (options.model !== undefined) return namedModel(provider, options.model);
  const usual = config.defaultModel?.reference;
  if (usual?.startsWith(`${provider}/`) === true) return usual;
  const suggested = suggestedModel(provider);
  if (suggested !== null) return suggested;
  throw new InvalidInputError('ERR_MODEL_REFERENCE_INVALID', {
    message: `no model of ${provider} is known to try`,
    where: { field: '--model' },
    hint: `codetether auth test ${provider} -m MODEL`,
  });
}
