import type { BlobRef } from '../../domain/index.js';

/** What the next attempt at each story is told: what the one before was missing, and what people said. */
export class StoryFeedback {
  private readonly next = new Map<string, BlobRef>();
  /** Stories whose feedback is a person's answer to their last attempt. */
  private readonly answered = new Set<string>();
  /** What a person wants changed about stories, which each further attempt is told too. */
  private readonly asked = new Map<string, string>();

  /** For the prompt of the next attempt; null = nothing. */
  of(story: string): BlobRef | null {
    return this.next.get(story) ?? null;
  }

  /** An attempt failed: what was said before it is told no more. */
  failed(story: string): void {
    this.answered.delete(story);
  }

  /** What a failed attempt was missing; a word of a person that came meanwhile is stronger. */
  note(story: string, feedback: BlobRef): void {
    if (!this.answered.has(story)) this.next.set(story, feedback);
  }

  /** Adds what a person said to the next attempt's prompt. */
  add(story: string, feedback: BlobRef): void {
    this.answered.add(story);
    this.next.set(story, feedback);
  }

  /** Keeps what a person wants changed for every attempt that follows. */
  keepAsked(story: string, text: string): void {
    this.asked.set(story, text);
  }

  /** As a field of what is noted about a failed attempt. */
  askedOf(story: string): { readonly asked?: string } {
    const asked = this.asked.get(story);
    return asked === undefined ? {} : { asked };
  }
}
