/** Who reads: which lines are seen, and what they are taken to be about. */
export interface Reader {
  see(line: string): boolean;
  labelOf(kind: string, id: string): string;
}

export declare function answerFrom(
  given: Readonly<Record<string, unknown>>,
  text: string,
  reader: Reader,
): string;
