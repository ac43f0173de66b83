/** Names longer than this are no names; servers take 64 characters. */
const LONGEST_NAME = 64;

/**
 * The offered tool that a model means by `name`: the same name, or the one that is left without what templates and
 * proxies put around it (`functions.write_file:0`, `default_api.bash`, `mcp__codetether__grep`, a channel token) and without
 * regard to case and separators. The name itself when none or several fit.
 */
export function resolveToolName(name: string, offered: readonly string[]): string {
  if (offered.includes(name)) return name;
  const bare = shorten(name);
  for (const candidate of [bare, ...lastSegments(bare)]) {
    const fitting = offered.filter((each) => fold(each) === fold(candidate));
    const [only] = fitting;
    if (fitting.length === 1 && only !== undefined) return only;
  }
  return bare === '' ? '' : bare.slice(0, LONGEST_NAME * 2);
}

/** Without tokens of a template, quotation marks, brackets and the number that some templates add. */
function shorten(name: string): string {
  const [head = ''] = name
    .slice(0, 1000)
    .split(/<[|｜]|[(\s]/)
    .filter((part) => part !== '');
  return head.replace(/["'`<>{}[\](),;]/g, '').replace(/[:#]\d{0,6}$/, '');
}

/** What stands behind a prefix: `functions.`, `tools/`, `mcp__server__`, `namespace::`. */
function lastSegments(name: string): readonly string[] {
  return [...new Set(['.', '/', '__', ':'].map((mark) => name.split(mark).at(-1) ?? ''))]
    .filter((part) => part !== '' && part !== name)
    .toSorted((left, right) => right.length - left.length);
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
