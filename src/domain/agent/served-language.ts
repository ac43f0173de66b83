/** Languages for which agents may ask a server. */
export const SERVED_LANGUAGES = ['typescript', 'python', 'go', 'rust', 'cpp'] as const;

/** See {@link SERVED_LANGUAGES}. */
export type ServedLanguage = (typeof SERVED_LANGUAGES)[number];
