import type { BlobRef } from '../../domain/index.js';

/** What a person said about a story, for the prompt of its next attempt. */
export interface Word {
  readonly text: string;
  /** Said again to every further attempt; else only to the next one. */
  readonly isKept: boolean;
}

interface SaidWord extends Word {
  /** True once an attempt began with it. */
  isHeard: boolean;
}

/** Characters of everything that people said about one story; the oldest words go first. */
const MOST_CHARACTERS = 30_000;
const GAP = '\n\n';

/** What the next attempt at each story is told: what the one before was missing, and what people said. */
export class StoryFeedback {
  private readonly next = new Map<string, BlobRef>();
  private readonly words = new Map<string, SaidWord[]>();
  /** Which word the prompt of a story goes up to: an older one may be written down later. */
  private readonly written = new Map<string, SaidWord>();

  /** For the prompt of the next attempt; null = nothing. */
  of(story: string): BlobRef | null {
    return this.next.get(story) ?? null;
  }

  /** An attempt begins: gives what it is told. */
  begin(story: string): BlobRef | null {
    // what is on its way to the disk is for the attempt after it
    const last = this.written.get(story);
    const words = this.words.get(story) ?? [];
    const told = last === undefined ? 0 : words.indexOf(last) + 1;
    for (const word of words.slice(0, told)) word.isHeard = true;
    return this.of(story);
  }

  /** An attempt failed: what it was told is told no more, but what is kept. */
  failed(story: string): void {
    const words = this.words.get(story) ?? [];
    this.words.set(
      story,
      words.filter((word) => word.isKept || !word.isHeard),
    );
  }

  /** What a failed attempt was missing; a word of a person that came meanwhile is stronger. */
  note(story: string, feedback: BlobRef): void {
    if (!this.hasUnheard(story)) this.next.set(story, feedback);
  }

  /** Notes a word at once, so that one that is said meanwhile does not replace it. */
  say(story: string, word: Word): Word {
    const said = { ...word, isHeard: false };
    const words = [...(this.words.get(story) ?? []), said];
    while (words.length > 1 && textOf(words).length > MOST_CHARACTERS) words.shift();
    this.words.set(story, words);
    return said;
  }

  /** A word that does not count after all. */
  takeBack(story: string, word: Word): void {
    const words = this.words.get(story) ?? [];
    this.words.set(
      story,
      words.filter((one) => one !== word),
    );
  }

  /** Everything that people said for the next attempt, in its order. */
  textFor(story: string): string {
    return textOf(this.words.get(story) ?? []);
  }

  /** The text up to this word is written down. */
  wrote(story: string, word: Word, feedback: BlobRef): void {
    const words = this.words.get(story) ?? [];
    const index = words.findIndex((one) => one === word);
    const said = words[index];
    const before = this.written.get(story);
    if (said === undefined || (before !== undefined && words.indexOf(before) > index)) return;
    this.written.set(story, said);
    this.next.set(story, feedback);
  }

  /** True while something was said that no attempt began with. */
  hasUnheard(story: string): boolean {
    return (this.words.get(story) ?? []).some(({ isHeard }) => !isHeard);
  }

  /** The agent that is at work was told this itself. */
  hear(story: string, word: Word): void {
    for (const one of this.words.get(story) ?? []) if (one === word) one.isHeard = true;
  }

  /** What is kept, as a field of what is noted about a failed attempt. */
  askedOf(story: string): { readonly asked?: string } {
    const asked = textOf((this.words.get(story) ?? []).filter(({ isKept }) => isKept));
    return asked === '' ? {} : { asked };
  }
}

function textOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(GAP);
}
