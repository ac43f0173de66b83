/** Words of a question that say nothing about code. */
const EMPTY = new Set(
  'a an and are as at be been by can code do does file files find for from function get gets given has have how i if in into is it its me method of on or show that the their them then there these they this to use used uses using was we what when where which who why will with you'.split(
    ' ',
  ),
);
const MAX_WORD = 40;
const MAX_TEXT = 200_000;

/** A name in parts: at underscores, digits, and where small letters meet capitals. */
const PARTS = /[\p{Lu}]+(?![\p{Ll}])|[\p{Lu}]?[\p{Ll}]+|[\p{Lo}]+|\d{1,20}/gu;
const NAMES = /[\p{L}_$][\p{L}\p{N}_$]{0,199}/gu;

/** Names come again and again in code: each is taken apart once. */
const known = new Map<string, readonly string[]>();
const MAX_KNOWN = 50_000;

/** The words of a text or of code, as they are compared: identifiers in parts and as a whole, small, without endings. Linear. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [name] of text.slice(0, MAX_TEXT).matchAll(NAMES)) {
    let parts = known.get(name);
    if (parts === undefined) {
      parts = wordsOfName(name);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(name, parts);
    }
    words.push(...parts);
  }
  return words;
}

function wordsOfName(name: string): string[] {
  const parts = name.match(PARTS) ?? [];
  const words = parts.filter((part) => part.length > 1).map((part) => stem(part.toLowerCase()));
  if (parts.length > 1 && name.length <= MAX_WORD) words.push(name.toLowerCase());
  return words;
}

/** The words of a question that can be looked for. All of them when none says anything. */
export function questionWords(question: string): string[] {
  const all = wordsOf(question.slice(0, 2000));
  const told = question
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$]+/u)
    .filter((word) => !EMPTY.has(word))
    .join(' ');
  const kept = new Set(wordsOf(told));
  const words = [...new Set(all)].filter((word) => kept.has(word));
  return words.length > 0 ? words : [...new Set(all)];
}

/** Endings of English words, longest first, and what stands in their place. */
const ENDINGS: readonly (readonly [string, string])[] = [
  ['ization', 'iz'],
  ['ations', ''],
  ['ation', ''],
  ['izing', 'iz'],
  ['ements', ''],
  ['ement', ''],
  ['sses', 'ss'],
  ['ings', ''],
  ['ions', ''],
  ['ies', 'y'],
  ['ing', ''],
  ['ion', ''],
  ['ers', ''],
  ['ors', ''],
  ['ed', ''],
  ['er', ''],
  ['or', ''],
  ['es', ''],
  ['ly', ''],
  ['s', ''],
  ['e', ''],
];
/** What is left of a word has to be a word still. */
const MIN_STEM = 3;

/** A word without its ending, so that `parses`, `parser` and `parsing` are one. Not the linguist's stem, but the same for all of them. */
export function stem(word: string): string {
  if (word.length > MAX_WORD || word.endsWith('ss')) return word.slice(0, MAX_WORD);
  for (const [ending, instead] of ENDINGS) {
    if (!word.endsWith(ending) || word.length - ending.length < MIN_STEM) continue;
    const rest = word.slice(0, word.length - ending.length) + instead;
    // `running` is `run`, and `stopped` is `stop`
    const isDoubled =
      rest.length > MIN_STEM && rest.at(-1) === rest.at(-2) && !/[aeiousl]$/.test(rest);
    return isDoubled ? rest.slice(0, -1) : rest;
  }
  return word;
}
