/** A kind of key that is known by its shape. */
export interface KeyShape {
  /** What the mark shows. */
  readonly name: string;
  /** Texts without any of these hold no such key: looking for them is much cheaper than the pattern. */
  readonly hints: readonly string[];
  /** Global, of bounded length; group `key`, where there is one, is the secret part of the match. */
  readonly pattern: RegExp;
  /** Sticky: what belongs to the key behind the match. No key where it does not match. Default: nothing. */
  readonly rest?: RegExp;
  /** Further test of the secret part. Default: none. */
  readonly isKey?: (text: string) => boolean;
}

const WORD = /[\w-]*/y;

/** Shapes of keys on one line, the most telling names first. Every pattern is linear: starts that fail look at few characters. */
export const KEY_SHAPES: readonly KeyShape[] = [
  { name: 'anthropic-key', hints: ['sk-ant-'], pattern: /\bsk-ant-[\w-]{16}/g, rest: WORD },
  {
    name: 'api-key',
    hints: ['sk-'],
    pattern: /\bsk-[\w-]{16}/g,
    rest: WORD,
    // Class names of style sheets begin like that too.
    isKey: (text) => /\d/.test(text) && (/[A-Z]/.test(text) || /[a-z0-9]{16}/.test(text)),
  },
  { name: 'google-key', hints: ['AIza'], pattern: /\bAIza[\w-]{35}/g },
  {
    name: 'github-token',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{22,})/g,
  },
  { name: 'gitlab-token', hints: ['glpat-'], pattern: /\bglpat-[\w-]{20}/g, rest: WORD },
  { name: 'npm-token', hints: ['npm_'], pattern: /\bnpm_[A-Za-z0-9]{36}/g },
  { name: 'slack-token', hints: ['xox'], pattern: /\bxox[abeoprs]-[\w-]{10}/g, rest: WORD },
  { name: 'aws-key-id', hints: ['AKIA', 'ASIA'], pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  {
    name: 'vault-token',
    hints: ['hvs.', 'hvb.', 'hvr.'],
    pattern: /\bhv[sbr]\.[\w-]{20}/g,
    rest: WORD,
  },
  {
    name: 'vault-token',
    hints: ['s.'],
    // The old form: exactly 24 letters and digits, and never a method of something called s.
    pattern:
      /(?<![\w.])[sb]\.(?=[A-Za-z0-9]{0,23}\d)(?=[A-Za-z0-9]{0,23}[A-Z])[A-Za-z0-9]{24}(?![\w(])/g,
  },
  {
    name: 'jwt',
    hints: ['eyJ'],
    // No `\b` before it: it would let a run of `-eyJ` be read from each of its parts.
    pattern: /(?<![\w-])eyJ[\w-]{8}/g,
    rest: /[\w-]*\.eyJ[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*/y,
  },
  {
    name: 'bearer',
    hints: ['Bearer ', 'bearer '],
    pattern: /\b[Bb]earer {1,8}(?<key>[\w.~+/-]{12})/g,
    rest: /[\w.~+/-]*=*/y,
    isKey: (text) => /\d/.test(text) && /[a-z]/i.test(text),
  },
  {
    name: 'assigned-secret',
    hints: ['key', 'KEY', 'Key', 'oken', 'OKEN', 'assw', 'ASSW', 'ecret', 'ECRET'],
    pattern:
      /(?:api[_-]?key|token|passw(?:or)?d|secret(?:[_-]?key)?|access[_-]?key)["']?[ \t]{0,3}[=:][ \t]{0,3}["']?(?<key>[\w+/~.-]{20})/gi,
    rest: /[\w+/~.-]{0,180}={0,2}/y,
    isKey: isRandom,
  },
];

/** Bits a character below which a text is words, a path or a pattern rather than a key. */
const RANDOM_BITS = 3.6;

/** True for text that looks drawn by chance: digits and letters mixed, and hardly a character more often than others. */
function isRandom(text: string): boolean {
  if (!/\d/.test(text) || !/[a-z]/i.test(text)) return false;
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits >= RANDOM_BITS;
}
