import { fieldsOf, CodetetherError } from '../../domain/index.js';
import { textOf } from '../reading.js';

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

type Fields = Readonly<Record<string, unknown>>;

/** True for what a server sends in place of an answer, or of a piece of one. */
export function isErrorValue(value: unknown, event: string): boolean {
  if (event === 'error' || typeof value === 'string') return true;
  const fields = fieldsOf(value);
  const { error } = fields;
  const isSaid = typeof error === 'object' ? Object.keys(fieldsOf(error)).length > 0 : error;
  if (Boolean(isSaid) || fields['object'] === 'error' || fields['type'] === 'error') return true;
  return !isAnswerValue(fields) && ERROR_FIELDS.some((name) => Boolean(fields[name]));
}

const ERROR_FIELDS = ['message', 'detail', 'error_message', 'error_msg', 'errors'];

function isAnswerValue(fields: Fields): boolean {
  const hasMessage = Object.keys(fieldsOf(fields['message'])).length > 0;
  const isKnown = KNOWN_TYPES.test(textOf(fields['type']));
  return isKnown || hasMessage || 'choices' in fields || 'content' in fields;
}
