/** How long a look at the host counts: commands start in quick succession, and toolchains are installed now and then. */
const KEEP_MS = 2000;

/** `look` by its key, asked again when the last answer is older than two seconds; a fresh one each time for a new key. */
export function shortMemory<Answer>(look: (key: string) => Answer): (key: string) => Answer {
  let known: { readonly key: string; readonly at: number; readonly answer: Answer } | undefined;
  return (key) => {
    const now = performance.now();
    if (known === undefined || known.key !== key || now - known.at > KEEP_MS)
      known = { key, at: now, answer: look(key) };
    return known.answer;
  };
}
