import {
  CodetetherError,
  covers,
  InvalidInputError,
  ZERO_USAGE,
  type Budget,
  type BudgetUse,
} from '../../domain/index.js';
import { messageCharacters, type ModelRequest, type ResolvedModel } from '../../providers/index.js';

/** Characters a token, on the careful side: a reservation that is too small would overspend. */
const CHARACTERS_PER_TOKEN = 3;
/** Tokens reserved for an answer whose length nobody limits. */
const USUAL_ANSWER_TOKENS = 2048;

/** A lease does not cover the next call. Not retried: the workflow asks for more and calls again under the same key. */
export class BudgetReserveError extends CodetetherError {
  /** What the call may need, as details of the Temporal failure. */
  readonly needed: BudgetUse;

  constructor(needed: BudgetUse) {
    super('ERR_BUDGET_RESERVE', {
      message: `the next model call may need ${needed.tokens} tokens${needed.costMicroUsd === null ? '' : ` and $${(needed.costMicroUsd / 1_000_000).toFixed(4)}`}, which the budget no longer covers`,
      hint: 'codetether runs resume RUN with a higher --budget-usd or --budget-tokens',
      data: { needed },
    });
    this.needed = needed;
  }
}

/**
 * Makes sure before a call that the lease covers what it may cost. Throws {@link BudgetReserveError}, or
 * `ERR_BUDGET_PRICE_UNKNOWN` (exit 2) when money is limited and nobody knows the model's price.
 */
export function reserve(
  request: ModelRequest,
  model: Pick<ResolvedModel, 'costOf'>,
  budget: Budget,
): void {
  const needed = neededFor(request, model);
  if (needed.costMicroUsd === null && budget.costMicroUsd !== null)
    throw priceUnknown(request.model);
  if (!covers(budget, needed)) throw new BudgetReserveError(needed);
}

/** What a call may need at most, on the careful side; an unknown price is null. Pure. */
export function neededFor(request: ModelRequest, model: Pick<ResolvedModel, 'costOf'>): BudgetUse {
  const inputTokens = Math.ceil(
    (request.messages.reduce((sum, message) => sum + messageCharacters(message), 0) +
      JSON.stringify(request.tools).length) /
      CHARACTERS_PER_TOKEN,
  );
  const outputTokens = request.maxOutputTokens ?? USUAL_ANSWER_TOKENS;
  const costMicroUsd = model.costOf({ ...ZERO_USAGE, inputTokens, outputTokens }, null);
  return { costMicroUsd, tokens: inputTokens + outputTokens, calls: 1 };
}

function priceUnknown(model: string): InvalidInputError {
  return new InvalidInputError('ERR_BUDGET_PRICE_UNKNOWN', {
    message: `the price of ${model} is not known, so a budget in US dollars cannot be kept`,
    where: { field: '--budget-usd' },
    hint: 'set [providers.NAME] price in your configuration file, or limit --budget-tokens or --max-calls instead',
  });
}
