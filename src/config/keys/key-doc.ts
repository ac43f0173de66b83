/** What is said about a key: its default in words, what it means, and the heading of docs/operations.md that says more. */
export type KeyDoc = readonly [fallback: string, meaning: string, section?: string];

/** Keys of one part of the configuration, in the order in which people read them. */
export type KeyDocs = Readonly<Record<string, KeyDoc>>;
