/** Markup that is safe to put into a page; made by {@link html} only. */
export interface Markup {
  readonly markup: string;
}

type Insertion = string | number | Markup | readonly Markup[];

/** A template whose insertions are escaped unless they are markup already. */
export function html(parts: TemplateStringsArray, ...insertions: readonly Insertion[]): Markup {
  const markup = parts
    .map((part, index) => {
      const insertion = insertions[index];
      return insertion === undefined ? part : part + inserted(insertion);
    })
    .join('');
  return { markup };
}

function inserted(insertion: Insertion): string {
  if (typeof insertion === 'string') return escapeText(insertion);
  if (typeof insertion === 'number') return String(insertion);
  return 'markup' in insertion ? insertion.markup : insertion.map(({ markup }) => markup).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}
