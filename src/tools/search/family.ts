import type { AnyTool } from '../tool.js';
import { createCodesearchTool } from '../codesearch/codesearch-tool.js';
import { globTool } from './glob.js';
import { grepTool } from './grep.js';

/** Tools that find files and text. */
export function createSearchTools(): AnyTool[] {
  return [createCodesearchTool(), globTool, grepTool];
}
