/** Braces of one place; names hold no braces, so that nothing is looked at twice. */
const PLACE = /\{\{([^{}]+)\}\}|\{([^{}]+)\}/g;

/** Names of columns that a template uses, each once: `{name}` or `{{ name }}`. Pure. */
export function templateColumns(template: string): string[] {
  const names = new Set<string>();
  for (const [, double, single] of template.matchAll(PLACE)) {
    const name = (double ?? single ?? '').trim();
    if (name !== '') names.add(name);
  }
  return [...names];
}

/** The template with the row's values in its places; what is no column stays as it is. Pure; what a value holds is never read again. */
export function renderRow(template: string, row: Readonly<Record<string, unknown>>): string {
  return template.replace(
    PLACE,
    (whole, double: string | undefined, single: string | undefined) => {
      const name = (double ?? single ?? '').trim();
      if (!Object.hasOwn(row, name)) return whole;
      const value = row[name];
      return typeof value === 'string' ? value : JSON.stringify(value ?? '');
    },
  );
}
