/** Codes by which servers say that a conversation is too long. */
export const OVERFLOW_TAGS: readonly string[] = [
  'context_length_exceeded',
  'context_window_exceeded',
  'exceed_context_size_error',
  'model_context_window_exceeded',
  'model_max_prompt_tokens_exceeded',
  'max_prompt_tokens_exceeded',
  'contextwindowexceedederror',
  'request_too_large',
  'tokens_limit_reached',
  'prompt_too_long',
  'input_too_long',
  '1261',
];

/** The same in words, of every family and proxy whose words are known; texts are lower case. */
const OVERFLOW_TEXTS: readonly RegExp[] = [
  /context[ _-]?(length|window|size|limit)|(maximum|max|model)[ _-]context/,
  /model token limit|token limit exceeded|exceed(s|ed|ing)? (the )?(model'?s? )?(max |maximum |total )?(token|input|prompt)s? (limit|length|count)/,
  /(prompt|input|conversation|request|message)s? (is |are |was )?too (long|large)|too many (input |prompt )tokens/,
  /(prompt|input)( length| token count| tokens?)?( of \d+)? exceed/,
  /(input|prompt) token count|prompt token count|maximum prompt length|maximum input length|max(imum)? input tokens/,
  /range of input length|input length should be|input length and/,
  /reduce (the )?(length|size|number of tokens) (of|in) |shorten your (prompt|input)/,
  /too many tokens(?!.{0,40}(wait|per minute|try again))/,
  /request (body )?too large for|request entity too large|payload too large/,
  /n_ctx|n_keep|kv cache is full|exceeds the available context/,
  /messages?(\[\d+\])?\.content'?: string too long/,
  /上下文长度|超过.{0,10}(上下文|最大长度|长度限制)|输入.{0,10}(过长|超长|超过|超出)/,
];

/** Places in the words where the size of the window stands. */
const WINDOW_TEXTS: readonly RegExp[] = [
  /(?:context|prompt|input) (?:length|window|size|limit)(?: is| of|:)? (?:only )?(?:up to )?(\d{3,8})/,
  /maximum number of tokens allowed \((\d{3,8})/,
  /available context size \((\d{3,8})/,
  /(?:limit|maximum)(?: of| is|:)? (\d{3,8})/,
  /\[1, ?(\d{3,8})\]/,
  /max size: (\d{3,8})/,
  /n_ctx["':= ]{1,4}(\d{3,8})/,
  /> ?(\d{3,8})/,
];

/** True when words say that a conversation is too long; lower case. */
export function saysOverflow(text: string): boolean {
  return OVERFLOW_TEXTS.some((pattern) => pattern.test(text)) || saysTooManyTokens(text);
}

/** "The number of tokens … exceeds … the maximum", in steps, because one pattern for it would not be linear. */
function saysTooManyTokens(text: string): boolean {
  const at = text.indexOf('tokens ');
  const rest = at < 0 ? '' : text.slice(at, at + 150);
  const isMore = /exceed|greater than|more than/.test(rest);
  return isMore && /max|limit|allowed|context/.test(rest) && !/per (minute|day|hour)/.test(rest);
}

/** Tokens of the server's window where its words name them, or null. */
export function windowInWords(words: string): number | null {
  const text = words.toLowerCase().replace(/(\d),(?=\d{3})/g, '$1');
  for (const pattern of WINDOW_TEXTS) {
    const tokens = Number(pattern.exec(text)?.[1] ?? Number.NaN);
    if (tokens >= 512 && tokens <= 20_000_000) return tokens;
  }
  return null;
}
