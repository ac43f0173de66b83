const HIDDEN = '(hidden)';

/** A value as it may be shown: headers, and what of an address may be a password or a token, are left out. Pure. */
export function withoutSecretParts(path: readonly string[], value: unknown): unknown {
  if (path.includes('headers')) return HIDDEN;
  if (Array.isArray(value)) return value.map((child: unknown) => withoutSecretParts(path, child));
  if (typeof value !== 'string') return value;
  const address = addressOf(value);
  return address === undefined ? value : shownAddress(path, address, value);
}

function shownAddress(path: readonly string[], address: URL, value: string): string {
  if (isWholeSecret(path, address)) return `${address.origin}/${HIDDEN}`;
  const user = address.username === '' && address.password === '' ? '' : `${HIDDEN}@`;
  const query = address.search === '' ? '' : `?${HIDDEN}`;
  const fragment = address.hash === '' ? '' : `#${HIDDEN}`;
  if (user === '' && query === '' && fragment === '') return value;
  return `${address.protocol}//${user}${address.host}${address.pathname}${query}${fragment}`;
}

/** Whoever has the address of a webhook can post to it, and hosted servers of tools have their keys in theirs. */
function isWholeSecret(path: readonly string[], { pathname }: URL): boolean {
  return path.at(-1) === 'webhook' || (path.includes('mcp') && pathname !== '/');
}

function addressOf(text: string): URL | undefined {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}
