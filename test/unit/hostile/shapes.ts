/** Size of every hostile text. */
export const HOSTILE_BYTES = 8 * 1024 * 1024;

/** Pieces that fooled a pattern, a parser or a screen once, or are like those that did; each is repeated. */
const PIECES: Readonly<Record<string, string>> = {
  letters: 'a',
  digits: '1',
  blanks: ' ',
  'line feeds': '\n',
  'carriage returns': '\r',
  'redrawn lines': 'x\r',
  escapes: '\u001b[',
  'titles without end': '\u001b]0;',
  'headers of keys': '-----BEGIN PRIVATE KEY-----',
  'ends of keys': '-----END PRIVATE KEY-----\n',
  'tokens in parts': '-eyJabcdefgh',
  'dotted tokens': 'eyJabcdefgh.',
  'short keys': 'sk-ant-',
  bearers: 'Bearer ',
  assignments: 'token=',
  'old tokens': ' s.aB3',
  hashes: '#',
  stars: '*',
  slashes: '/',
  brackets: '[',
  backticks: '`',
  quotes: '"\\',
  markers: '\nSTORY_',
  'check boxes': '- [ ] x\n',
  'push in parts': 'git ',
  'wide characters': '\u202e\u{1f642}',
};

/** The hostile texts by name: each piece 8 MiB long, and a heading that ends in blanks and a letter. */
export function hostileTexts(): readonly (readonly [string, string])[] {
  const repeated = Object.entries(PIECES).map(
    ([name, piece]) => [name, piece.repeat(Math.ceil(HOSTILE_BYTES / piece.length))] as const,
  );
  return [...repeated, ['a heading with blanks', `# a${' '.repeat(HOSTILE_BYTES)}b`]];
}
