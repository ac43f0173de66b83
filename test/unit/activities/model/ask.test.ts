import { describe, expect, it } from 'vitest';
import { ask, type Question } from '../../../../src/activities/model/ask.js';
import { createModelFallbacks } from '../../../../src/activities/model/model-fallback.js';
import { ZERO_USAGE, type Usage } from '../../../../src/domain/agent/model.js';
import { ProviderError } from '../../../../src/providers/failures/errors.js';
import type {
  ModelReply,
  ModelRequest,
  StreamControl,
} from '../../../../src/providers/provider.js';
import type { Providers, ResolvedModel } from '../../../../src/providers/registry.js';
import { OK_REPLY } from '../../../support/model-reply.js';

const FIRST = { provider: 'first', model: 'a' };
const SECOND = { provider: 'second', model: 'b' };
const REPLY: ModelReply = {
  ...OK_REPLY,
  usage: { ...ZERO_USAGE, inputTokens: 10 },
  isUsageEstimated: true,
};
const QUESTION: Question = { model: FIRST, messages: [{ role: 'user', content: 'hi' }], tools: [] };

/** Two models; the first one fails with `failure`. */
function bench(failure?: ProviderError) {
  const sent: [string, ModelRequest, StreamControl][] = [];
  const beats: object[] = [];
  const resolve = (reference: { readonly provider: string }): ResolvedModel =>
    ({
      contextWindow: reference.provider === 'first' ? 1000 : 2000,
      costOf: ({ inputTokens }: Usage) => inputTokens * (reference.provider === 'first' ? 1 : 7),
      provider: {
        async stream(request: ModelRequest, options: StreamControl) {
          sent.push([reference.provider, request, options]);
          if (reference.provider === 'first' && failure !== undefined) throw failure;
          options.onProgress?.({ phase: 'text', characters: 5, chunks: 1 });
          return REPLY;
        },
      },
    }) as unknown as ResolvedModel;
  const models = {
    providers: { resolve } as unknown as Providers,
    fallbacks: createModelFallbacks([SECOND]),
  };
  const work = {
    attempt: 1,
    signal: new AbortController().signal,
    heartbeat: { progress: (details: object) => void beats.push(details), stop: () => undefined },
  };
  return {
    sent,
    beats,
    work,
    ask: (question: Partial<Question> = {}) => ask(models, { ...QUESTION, ...question }, work),
  };
}

describe('ask', () => {
  it('names model, caller and signal to the provider, and prices the answer', async () => {
    const { sent, beats, work, ask: send } = bench();
    const answer = await send({ key: { scope: 's', step: 2, index: 0 }, story: 'US-1' });
    expect(answer).toEqual({
      reply: REPLY,
      cost: { usage: REPLY.usage, isUsageEstimated: true, costMicroUsd: 10 },
    });
    const [[provider, request, options] = []] = sent;
    expect([provider, request]).toEqual([
      'first',
      { model: 'a', messages: QUESTION.messages, tools: [] },
    ]);
    expect(options).toMatchObject({ caller: 's#2.0' });
    expect(options?.signal).toBe(work.signal);
    expect(beats).toEqual([{ story: 'US-1', phase: 'text', characters: 5, chunks: 1 }]);
  });

  it('says who answered in place of the model that is gone, with price and window of that one', async () => {
    const { sent, ask: send } = bench(new ProviderError('model_gone', { message: 'gone' }));
    const { cost } = await send();
    expect(cost).toEqual({
      usage: REPLY.usage,
      isUsageEstimated: true,
      costMicroUsd: 70,
      answeredBy: SECOND,
      answeredWindow: 2000,
    });
    expect(sent.map(([provider, { model }]) => [provider, model])).toEqual([
      ['first', 'a'],
      ['second', 'b'],
    ]);
  });

  it('sends nothing that the budget does not cover', async () => {
    const { sent, ask: send } = bench();
    const budget = { costMicroUsd: 1, tokens: null, calls: null };
    await expect(send({ budget })).rejects.toMatchObject({ code: 'ERR_BUDGET_RESERVE' });
    expect(sent).toEqual([]);
  });
});
