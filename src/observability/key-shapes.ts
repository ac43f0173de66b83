/** A kind of key that is known by its shape. */
export interface KeyShape {
  /** What the mark shows. */
  readonly name: string;
  /** Texts without any of these hold no such key: looking for them is much cheaper than the pattern. */
  readonly hints: readonly string[];
  /** Global; group `key`, where there is one, is the secret part of the match. */
  readonly pattern: RegExp;
  /** Further test of the secret part. Default: none. */
  readonly isKey?: (text: string) => boolean;
}

/** Shapes of keys on one line, the most telling names first. Every pattern is linear: starts that fail look at few characters. */
export const KEY_SHAPES: readonly KeyShape[] = [
  { name: 'anthropic-key', hints: ['sk-ant-'], pattern: /\bsk-ant-[\w-]{16}[\w-]*/g },
  {
    name: 'api-key',
    hints: ['sk-'],
    pattern: /\bsk-[\w-]{16}[\w-]*/g,
    // Class names of style sheets begin like that too.
    isKey: (text) => /\d/.test(text) && (/[A-Z]/.test(text) || /[a-z0-9]{16}/.test(text)),
  },
  { name: 'google-key', hints: ['AIza'], pattern: /\bAIza[\w-]{35}/g },
  {
    name: 'github-token',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{22,})/g,
  },
  { name: 'gitlab-token', hints: ['glpat-'], pattern: /\bglpat-[\w-]{20}[\w-]*/g },
  { name: 'npm-token', hints: ['npm_'], pattern: /\bnpm_[A-Za-z0-9]{36}/g },
  { name: 'slack-token', hints: ['xox'], pattern: /\bxox[abeoprs]-[\w-]{10}[\w-]*/g },
  { name: 'aws-key-id', hints: ['AKIA', 'ASIA'], pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  {
    name: 'vault-token',
    hints: ['hvs.', 'hvb.', 'hvr.'],
    pattern: /\bhv[sbr]\.[\w-]{20}[\w-]*/g,
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
    pattern: /(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,4096}\.[\w-]{8}[\w-]*/g,
  },
  {
    name: 'bearer',
    hints: ['Bearer ', 'bearer '],
    pattern: /\b[Bb]earer +(?<key>[\w.~+/-]{12}[\w.~+/-]*=*)/g,
    isKey: (text) => /\d/.test(text) && /[a-z]/i.test(text),
  },
  {
    name: 'assigned-secret',
    hints: ['key', 'KEY', 'Key', 'oken', 'OKEN', 'assw', 'ASSW', 'ecret', 'ECRET'],
    pattern:
      /(?:api[_-]?key|token|passw(?:or)?d|secret(?:[_-]?key)?|access[_-]?key)["']?[ \t]{0,3}[=:][ \t]{0,3}["']?(?<key>[\w+/~.-]{20,200}={0,2})/gi,
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
