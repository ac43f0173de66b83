import { CodetetherError } from '../../domain/index.js';

/** A refusal as the server sent it, before its class is known; never leaves an adapter. */
export class ServerAnswerError extends CodetetherError {
  /** HTTP status; null when the refusal came inside an answer of status 200. */
  readonly status: number | null;
  readonly headers: Headers;
  /** Parsed JSON, or the text. */
  readonly body: unknown;

  constructor(answer: { status: number | null; headers: Headers; body: unknown }) {
    super('ERR_PROVIDER_SERVER', { message: 'the server answered with an error' });
    this.status = answer.status;
    this.headers = answer.headers;
    this.body = answer.body;
  }
}

/** Types of values on both wires that are no error, whatever fields they hold. */
const KNOWN_TYPES = /^(message|content_block|ping)/;

/** True for what a server sends in place of an answer, or of a piece of one. */
export function isErrorValue(value: unknown, event: string): boolean {
  if (event === 'error') return true;
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  if (Boolean(fields['error']) || fields['object'] === 'error' || fields['type'] === 'error')
    return true;
  const isAnswer =
    'choices' in fields ||
    'content' in fields ||
    ('message' in fields && isObject(fields['message']));
  if (isAnswer || KNOWN_TYPES.test(String(fields['type'] ?? ''))) return false;
  return ['message', 'detail', 'error_message', 'error_msg', 'errors'].some((name) =>
    Boolean(fields[name]),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
