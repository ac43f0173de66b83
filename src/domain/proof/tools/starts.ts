/** Begins a word of a command line, a recipe or a manifest. */
const BEFORE = '(?:^|[\\s;&|(\'"`=@/])';
/** Ends it; `@` begins a version. */
const BEHIND = '(?=$|[\\s;&|)\'"`@,\\]\\\\])';

/**
 * Matches a text that starts one of these programs: by its name, by a path that ends in it, or by its file in `node_modules`. A longer word
 * with the name in it (`cmake`, `jest-report`), and a folder of that name, is none. `others` are patterns for ways to start it that are no
 * word of their own. Pure.
 */
export function starts(programs: readonly string[], ...others: readonly RegExp[]): RegExp {
  const names = `(?:${programs.join('|')})`;
  const parts =
    programs.length === 0
      ? []
      : [`${BEFORE}${names}${BEHIND}`, `node_modules/[\\w@./-]{1,200}/${names}\\.[cm]?js${BEHIND}`];
  return new RegExp([...parts, ...others.map(({ source }) => source)].join('|'), 'm');
}
