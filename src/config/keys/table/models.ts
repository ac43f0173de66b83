import type { KeyDocs } from '../key-doc.js';

/** Servers of models. */
export const MODEL_KEYS: KeyDocs = {
  'providers.NAME.wire': [
    "the provider's, else openai-chat",
    '`openai-chat`, `anthropic-messages` or `replay`',
    'Model servers',
  ],
  'providers.NAME.base_url': ["the provider's", 'http or https address of the server'],
  'providers.NAME.auth': ['vault', '`none` for servers without a key'],
  'providers.NAME.headers.NAME': ['none', 'sent with each request'],
  'providers.NAME.transcript': ['none', 'file of recorded answers, wire `replay` only'],
  'providers.NAME.context_window': ["price snapshot, else the provider's, else 131072", 'tokens'],
  'providers.NAME.models': ['any', 'others are refused before a call'],
  'providers.NAME.price.input_per_million_usd': [
    'price snapshot',
    'US dollars for a million input tokens, for every model of the provider; a price of yours wins over the snapshot',
  ],
  'providers.NAME.price.output_per_million_usd': ['price snapshot', 'the same for output'],
  'providers.NAME.price.cached_input_per_million_usd': [
    'price snapshot',
    'the same for input that the provider had kept',
  ],
  'providers.NAME.price.cache_write_per_million_usd': [
    'price snapshot',
    'the same for input that it keeps',
  ],
  'providers.NAME.tool_mode': [
    'native',
    '`json` for servers without tool calling: tool calls are JSON text that a schema constrains, one a turn',
  ],
  'providers.NAME.stream': ['true', '`false` for servers that cannot stream'],
  'providers.NAME.images': [
    'found out',
    '`false` for models that take no pictures; else the first refusal of one tells, and pictures are said in words from then on',
  ],
  'providers.NAME.max_concurrent': ['no limit', 'calls at a time, over all runs of this service'],
  'providers.NAME.requests_per_minute': [
    'no limit',
    'calls begun in any 60 s, over all runs of this service',
  ],
  'providers.NAME.first_token_timeout_s': [
    '240',
    'longest silence before the first chunk; at most 290. Comments and empty events of a server are a sign of life and put the limit off, for at most ten minutes. Without streaming it is the limit of the whole answer',
  ],
  'providers.NAME.stall_timeout_s': ['120', 'longest silence between two chunks; at most 290'],
};
