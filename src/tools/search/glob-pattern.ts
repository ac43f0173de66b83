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

function translate(pattern: string): string {
  let result = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const rest = pattern.slice(at);
    const doubleStar = /^\*\*+(\/?)/.exec(rest);
    const choice = /^\[([!^]?)([^\]]+)\]/.exec(rest);
    if (doubleStar !== null) {
      result += doubleStar[1] === '/' ? '(?:[^/]+/)*' : '.*';
      at += doubleStar[0].length - 1;
    } else if (choice !== null) {
      result += `[${choice[1] === '' ? '' : '^'}${(choice[2] ?? '').replace(/[\\\]^]/g, '\\$&')}]`;
      at += choice[0].length - 1;
    } else if (character === '{' && rest.includes('}')) {
      result += '(?:';
      depth += 1;
    } else if (character === '}' && depth > 0) {
      result += ')';
      depth -= 1;
    } else if (character === ',' && depth > 0) {
      result += '|';
    } else {
      result += translateCharacter(character);
    }
  }
  return result + ')'.repeat(depth);
}

function translateCharacter(character: string): string {
  if (character === '*') return '[^/]*';
  if (character === '?') return '[^/]';
  return character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
