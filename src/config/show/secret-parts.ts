const HIDDEN = '(hidden)';

/** A value as it may be shown: headers, and what of an address may be a password or a token, are left out. Pure. */
export function withoutSecretParts(path: readonly string[], value: unknown): unknown {
  if (path.includes('headers')) return HIDDEN;
  if (Array.isArray(value)) return value.map((child: unknown) => withoutSecretParts(path, child));
  if (typeof value !== 'string') return value;
  const address = addressOf(value);
  if (address === undefined) return value;
  // Whoever has the address of a webhook can post to it.
  if (path.at(-1) === 'webhook') return `${address.origin}/${HIDDEN}`;
  const user = address.username === '' && address.password === '' ? '' : `${HIDDEN}@`;
  const query = address.search === '' ? '' : `?${HIDDEN}`;
  if (user === '' && query === '') return value;
  return `${address.protocol}//${user}${address.host}${address.pathname}${query}`;
}

function addressOf(text: string): URL | undefined {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}
