/** `2/4` = the second of four parts; without it all. */
const [, PART = '1', OF = '1'] =
  /^(\d+)\/(\d+)$/.exec(process.env['CODETETHER_CORPUS_SHARE'] ?? '') ?? [];

/** Into how many parts the corpus is cut: each has its turn. */
export const CORPUS_PARTS = Number(OF);

/** True for an item of this run's part. */
export function isShared({ id }: { readonly id: string }): boolean {
  const sum = [...id].reduce((total, letter) => total * 31 + (letter.codePointAt(0) ?? 0), 7);
  return sum % CORPUS_PARTS === Number(PART) - 1;
}
