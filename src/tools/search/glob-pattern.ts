/**
 * A test for paths by a glob pattern: `**` crosses folders, `*` and `?` stay in one, `{a,b}` and `[a-z]` choose.
 * A pattern without a slash matches the name in any folder. Hidden names match like others.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const cleaned = pattern.replace(/^(\.?\/)+/, '');
  const expression = new RegExp(`^${translate(cleaned)}$`);
  if (cleaned.includes('/')) return (path) => expression.test(path);
  return (path) => expression.test(path.slice(path.lastIndexOf('/') + 1));
}

/** The pieces of a pattern: crossing stars, a choice of characters, braces, or one character. */
const PIECE = /\*\*+\/?|\[[!^]?[^\]]+\]|[\s\S]/g;

function translate(pattern: string): string {
  let depth = 0;
  const hasBraces = /\{[^}]*\}/.test(pattern);
  const result = pattern.replace(PIECE, (piece) => {
    if (piece.startsWith('**')) return piece.endsWith('/') ? '(?:[^/]+/)*' : '.*';
    if (piece.length > 1) return translateChoice(piece);
    if (piece === '{' && hasBraces) {
      depth += 1;
      return '(?:';
    }
    if (depth === 0) return translateCharacter(piece);
    if (piece === '}') depth -= 1;
    return piece === '}' ? ')' : piece === ',' ? '|' : translateCharacter(piece);
  });
  return result + ')'.repeat(depth);
}

/** `[!a-c]` as `[^a-c]`. */
function translateChoice(piece: string): string {
  const isExclusion = piece.startsWith('[!') || piece.startsWith('[^');
  const inner = piece.slice(isExclusion ? 2 : 1, -1).replace(/[\\\]^]/g, '\\$&');
  return `[${isExclusion ? '^' : ''}${inner}]`;
}

function translateCharacter(character: string): string {
  if (character === '*') return '[^/]*';
  if (character === '?') return '[^/]';
  return character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
