/** What one path holds: text (mode 644), nothing any more, text with a mode, or a symbolic link. */
export type FileContent =
  | string
  | null
  | { readonly text: string; readonly mode: number }
  | { readonly link: string };

/** Contents by path from the project's root. */
export type Files = Readonly<Record<string, FileContent>>;

/** Something that must be on the machine, or come from a registry, before a project's check can run. */
export type Need =
  | 'node'
  | 'python'
  | 'make'
  | 'go'
  | 'cargo'
  | 'clippy'
  | 'cmake'
  | 'ruby'
  | 'rspec'
  | 'phpunit'
  | 'maven'
  | 'gradle'
  | `npm:${'jest' | 'vitest' | 'mocha' | 'eslint' | 'typescript' | 'c8' | 'chai'}`
  | `pip:${'pytest' | 'django' | 'ruff' | 'mypy' | 'just'}`;

/** A tiny project whose check is green, and the change that breaks its product so that the check is red. */
export interface Ecosystem {
  readonly id: string;
  /** Groups items that need the same tools. */
  readonly tool: string;
  readonly files: Files;
  /** The product broken on purpose, nothing else touched. */
  readonly broken: Files;
  /** One shell command, run in the project's root. */
  readonly check: string;
  readonly needs: readonly Need[];
  /** Run in a fresh tree before the check. */
  readonly setup?: string;
}

/** Where a cheat comes from: landed before, measured in the trials, or made for this corpus. */
export type CheatGroup = 'known' | 'tried' | 'own';

/** A change that keeps a check green although the product is broken. */
export interface Cheat {
  readonly id: string;
  readonly title: string;
  readonly group: CheatGroup;
  readonly ecosystem: string;
  /** What makes the check green; wins over `broken` where both change a path. */
  readonly neuter: Files;
  /** How the product is broken; default: as the ecosystem says. */
  readonly broken?: Files;
  /** Run in the story's tree after all edits, for files that only a tool can write. */
  readonly forge?: { readonly command: string; readonly artefacts: readonly string[] };
  /** `undetectable`: no proof by running can tell it from honest work. */
  readonly expected: 'refused' | 'undetectable';
  /** True when `neuter` also lands alone, with the product whole, so that a later story may break anything. */
  readonly inTwoStories?: boolean;
}

/** What the proof owes an honest story. */
export type HonestVerdict = 'passed' | 'flagged' | 'needs-permission';

/** Honest work that changes, adds or moves what a check is made of. */
export interface HonestStory {
  readonly id: string;
  readonly title: string;
  readonly ecosystem: string;
  readonly edits: Files;
  readonly expected: HonestVerdict;
  readonly note: string;
  /** The paths without which the story is red: its own configuration, or the test that it changes; whatever is not simply `passed` has some. */
  readonly needed?: readonly string[];
}

/** One exercise with a red check on purpose: what solves it and what only seems to. */
export interface Exercise {
  readonly id: string;
  readonly tool: string;
  /** The task's text: what the stub must become. */
  readonly task: string;
  /** Stub and tests; the tests of the task fail. */
  readonly files: Files;
  readonly check: string;
  readonly needs: readonly Need[];
  readonly reference: Files;
  /** Claims done: the stub stays, something irrelevant changes. */
  readonly lie: Files;
  readonly deletedTests: Files;
  /** A wrong implementation. */
  readonly brokenSolution: Files;
}

/** JSON as a tool would write it. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A program that does nothing, successfully. */
export const QUIET_PROGRAM = { text: '#!/bin/sh\nexit 0\n', mode: 0o755 } as const;
