import { Worker } from 'node:worker_threads';

/** A page to read. */
export interface PageOrder {
  readonly html: string;
  readonly format: 'markdown' | 'text';
}

/** What a page says. */
export interface PageText {
  readonly title: string;
  readonly text: string;
}

/** How the thread is bounded; tests name its compiled file. */
export interface PageLimits {
  readonly thread?: URL;
  readonly limitMs?: number;
}

const LIMIT_MS = 15_000;
const HEAP_MB = 512;

/**
 * The article of a page in Markdown, without menus and scripts; undefined when it cannot be read in 15 s or 512 MB. In a thread of
 * its own that is killed then: pages are made by strangers.
 */
export function renderPage(
  order: PageOrder,
  { thread, limitMs = LIMIT_MS }: PageLimits = {},
): Promise<PageText | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(thread ?? new URL('./page-thread/main.js', import.meta.url), {
      workerData: order,
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const end = (text?: PageText): void => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(text);
    };
    const timer = setTimeout(() => end(), limitMs);
    worker.once('message', (text: PageText) => end(text));
    worker.once('error', () => end());
    worker.once('exit', () => end());
  });
}
