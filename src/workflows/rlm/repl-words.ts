import type { CallModelResult } from '../../activities/index.js';

/** What a model is told whose message held no code. Pure. */
export function prose({ preview, finishReason }: CallModelResult): string {
  const what =
    finishReason === 'length'
      ? 'Your message was cut off before its code ended.'
      : preview.trim() === ''
        ? 'Your message was empty.'
        : 'Your message held no code, so nothing ran and nothing was answered.';
  return `${what} Write JavaScript in a \`\`\`js fence; end with FINAL(answer, {evidence: […]}) when you know the answer.`;
}
