import { trimOf } from '../text/trim.js';

/** Bytes of a branch name; a folder's name may have 255, and `-run-ID` and `.lock` are added to it. */
const BRANCH_LIMIT = 180;

/** Why `name` cannot be a branch (git check-ref-format rules, and the length that file systems allow), or undefined. */
export function branchNameProblem(name: string): string | undefined {
  const isBad =
    /[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|\/$|\.$|(^|\/)\.|\.lock(\/|$)|^(@|HEAD)$/u.test(
      name,
    ) || name === '';
  if (isBad) return `"${name}" is not a valid git branch name`;
  return byteLength(name) > BRANCH_LIMIT
    ? `the branch name is longer than ${BRANCH_LIMIT} bytes`
    : undefined;
}

/** Lower-case letters, digits and single dashes; `run` when nothing is left. */
export function branchSlug(name: string): string {
  const slug = trimOf(name.toLowerCase().replace(/[^a-z0-9]+/g, '-'), '-').slice(0, 60);
  return slug === '' ? 'run' : slug;
}

/** Bytes in UTF-8; the workflow sandbox has no TextEncoder of its own. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
