/** `2/4` = the second of four parts; without it all. */
const [, PART = '1', OF = '1'] =
  /^(\d+)\/(\d+)$/.exec(process.env['CODETETHER_CORPUS_SHARE'] ?? '') ?? [];

/** Into how many parts the corpus is cut: each has its turn. */
export const CORPUS_PARTS = Number(OF);

/** True for an item of this run's part. */
export function isShared({ id }: { readonly id: string }): boolean {
  const sum = [...Buffer.from(id)].reduce((total, byte) => total * 31 + byte, 7);
  return sum % CORPUS_PARTS === Number(PART) - 1;
}
