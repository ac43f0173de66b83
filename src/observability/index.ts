export { rememberSecret } from './known-secrets.js';
export { LOG_LEVELS, type LogLevel, type Logger, createLogger } from './logger.js';
export { createRedactionStream, redactText } from './redact-text.js';
export { redactJson, redactValues } from './redact-values.js';
export { redact } from './redaction.js';
