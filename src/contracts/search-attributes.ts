/** Search attributes with their Temporal types, registered when the embedded server starts (design.md section 9). */
export const SEARCH_ATTRIBUTES = {
  CodetetherKind: 'Keyword',
  Repo: 'Keyword',
  Project: 'Keyword',
  Story: 'Keyword',
  Outcome: 'Keyword',
  Model: 'Keyword',
} as const;
