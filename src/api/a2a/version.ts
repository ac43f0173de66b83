import { VersionNotSupportedError } from '@a2a-js/sdk/errors';
import type { Request } from 'express';
import { VERSION_HEADER, type ProtocolVersion } from './names.js';

/**
 * The version that a request asks for, by header or query; empty is 0.3, and a patch number does not count (3.6). Throws
 * VersionNotSupported for one that is not in `served`.
 */
export function requestedVersion(
  request: Request,
  served: readonly ProtocolVersion[] = ['1.0', '0.3'],
): ProtocolVersion {
  const query = request.query[VERSION_HEADER];
  const text = request.get(VERSION_HEADER) ?? (typeof query === 'string' ? query : '');
  const named =
    text.trim() === '' ? '0.3' : /^\s*(\d{1,4}\.\d{1,4})(?:\.\d{1,4})?\s*$/.exec(text)?.[1];
  const version = served.find((known) => known === named);
  if (version !== undefined) return version;
  throw new VersionNotSupportedError(
    `version ${JSON.stringify(text.slice(0, 20))} is not served here; ${served.join(' and ')} are`,
  );
}
