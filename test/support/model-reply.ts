import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import type { ModelReply } from '../../src/providers/provider.js';

/** The shortest answer that a model can give. */
export const OK_REPLY: ModelReply = {
  message: { role: 'assistant', content: 'ok', toolCalls: [] },
  usage: ZERO_USAGE,
  isUsageEstimated: false,
  finishReason: 'stop',
  providerCostMicroUsd: null,
};
