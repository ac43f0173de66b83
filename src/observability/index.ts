export {
  createLogger,
  LOG_LEVELS,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from './logger.js';
export { redact } from './redaction.js';
export { redactJson, redactValues } from './redact-values.js';
export { createRedactionStream, redactText, type RedactionStream } from './redact-text.js';
export { forgetSecrets, rememberSecret } from './known-secrets.js';
