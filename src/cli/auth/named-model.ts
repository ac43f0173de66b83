import { InvalidInputError, parseModelReference } from '../../domain/index.js';

/**
 * `PROVIDER/MODEL` from what a person wrote after `-m`: the whole or the model alone. Throws
 * `ERR_MODEL_REFERENCE_INVALID` (exit 2) for a model of another provider.
 */
export function namedModel(provider: string, model: string): string {
  if (model.startsWith(`${provider}/`)) return checked(model);
  const isElsewhere = model.includes('/') && provider !== 'openrouter';
  if (!isElsewhere) return checked(`${provider}/${model}`);
  throw new InvalidInputError('ERR_MODEL_REFERENCE_INVALID', {
    message: `${model} is no model of ${provider}`,
    where: { field: '--model' },
    hint: `write ${provider}/MODEL, or the model alone`,
  });
}

function checked(reference: string): string {
  parseModelReference(reference);
  return reference;
}
