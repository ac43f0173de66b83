import { createWebReader } from '../../platform/index.js';
import type { WebServices } from './services.js';
import type { AnyTool } from '../tool.js';
import { createWebfetchTool } from './webfetch.js';
import { createWebsearchTool } from './websearch.js';

/** Tools that reach the web, as far as the person's configuration allows it. */
export function createWebTools({ rules, search }: WebServices): AnyTool[] {
  const mayRead = rules.allow.length + rules.allowPrivate.length > 0;
  return [
    ...(mayRead ? [createWebfetchTool(createWebReader(rules))] : []),
    ...(search === undefined ? [] : [createWebsearchTool(search)]),
  ];
}
