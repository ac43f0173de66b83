import { redactText } from './redact-text.js';

/** Field names whose values never reach a log, wherever they stand in an object. */
const SECRET_FIELD =
  /^(api[_-]?key|authorization|x-api-key|x-vault-token|token|task_?token|password|secret|cookie|set-cookie)$/i;

/** Logs are not worked with, so here everything goes that could be a key, random-looking or not. */
const LIKELY_KEY = /\b(?:sk-[\w-]{12}|hvs\.[\w-]{12}|Bearer\s{1,8}[\w.~+/=-]{8})[\w.~+/=-]*/g;

const MARK = '[redacted]';
const MAX_DEPTH = 8;

/**
 * A copy of `value` without secrets: secret fields, remembered secrets and key-like text are replaced. Never throws, cycles
 * included.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value).replaceAll(LIKELY_KEY, MARK);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_FIELD.test(name) ? MARK : redact(item, depth + 1),
    ]),
  );
}

function redactError(error: Error, depth: number): unknown {
  return {
    name: error.name,
    message: redact(error.message),
    ...('code' in error ? { code: error.code } : {}),
    stack: redact(error.stack),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
