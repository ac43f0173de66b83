import { InvalidInputError } from '../domain/light/index.js';
import { parseModelReference, resolveProviderEntry, type ModelReference } from '../domain/index.js';
import type { WorkerSettings } from './config.js';

/** Models that take over, in this order. Refused here when a provider is unknown: a night is a bad time to find out. */
export function fallbackModels(
  references: readonly string[],
  providers: WorkerSettings['providers'],
): ModelReference[] {
  return references.map((text, index) => {
    const reference = parseModelReference(text);
    try {
      resolveProviderEntry(reference, providers);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(error.code, {
        message: error.message,
        hint: error.hint,
        where: { field: `fallback_models[${index}]` },
        cause: error,
      });
    }
    return reference;
  });
}
