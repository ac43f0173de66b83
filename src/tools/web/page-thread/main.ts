import { parentPort, workerData } from 'node:worker_threads';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';
import { gfm } from 'turndown-plugin-gfm';
import type { PageOrder, PageText } from '../page.js';

/** Readability gives up above so many elements: it walks them many times. */
const MAX_ELEMENTS = 100_000;

type ReadableDocument = ConstructorParameters<typeof Readability>[0];

/** What is used of the library's documents; its own types are those of browsers. */
interface PageNode {
  readonly textContent: string | null;
  readonly innerHTML: string;
  remove(): void;
  cloneNode(isDeep: boolean): PageNode;
  querySelector(selector: string): PageNode | null;
  querySelectorAll(selector: string): Iterable<PageNode>;
}

/** What a page says, as Markdown or plain text. A thread of its own: pages are of strangers, and nothing here looks at the clock. */
function readPage({ html, format }: PageOrder): PageText {
  const { document } = parseHTML(html) as unknown as { readonly document: PageNode };
  for (const node of document.querySelectorAll('script, style, noscript, template, svg, iframe'))
    node.remove();
  const title = (document.querySelector('title')?.textContent ?? '').trim();
  // The library is written for the documents of browsers, of which this one has what it needs.
  const article = new Readability(document.cloneNode(true) as unknown as ReadableDocument, {
    maxElemsToParse: MAX_ELEMENTS,
  }).parse();
  const body = document.querySelector('body')?.innerHTML ?? html;
  const content = article?.content ?? body;
  if (format === 'text')
    return { title, text: (article?.textContent ?? document.textContent ?? '').trim() };
  const markdown = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced' });
  markdown.use(gfm);
  // As text: with nodes of this document the rule for tables fails.
  return { title, text: markdown.turndown(content).trim() };
}

parentPort?.postMessage(readPage(workerData as PageOrder));
