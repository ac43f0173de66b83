import { parseDocument } from 'yaml';

/** The YAML between the two rules at the top of a Markdown text. */
export interface FrontMatter {
  readonly value: unknown;
  /** The YAML itself, without its rules. */
  readonly text: string;
  /** Offset of the YAML in the text. */
  readonly start: number;
}

/** The front matter of a text; undefined where there is none, or none that is YAML. Never throws. */
export function frontMatterOf(text: string): FrontMatter | undefined {
  const opening = /^\uFEFF?---[ \t]*\r?\n/.exec(text)?.[0];
  if (opening === undefined) return undefined;
  const start = opening.length;
  const closing = /^---[ \t]*\r?$/m.exec(text.slice(start));
  if (closing === null) return undefined;
  const yaml = text.slice(start, start + closing.index);
  try {
    const document = parseDocument(yaml, { prettyErrors: false });
    if (document.errors.length > 0) return undefined;
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, text: yaml, start };
  } catch {
    return undefined;
  }
}
