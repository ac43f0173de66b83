import { COMPILED_TOOLS, RECIPE_TOOLS } from './compiled.js';
import { JAVASCRIPT_LINTERS } from './javascript-lint.js';
import { JAVASCRIPT_TOOLS } from './javascript.js';
import { MANAGED_TOOLS } from './managed.js';
import { PYTHON_TOOLS } from './python.js';
import type { ToolRow } from './tool-row.js';

/** Every check tool that is known, one row each. */
export const TOOL_ROWS: readonly ToolRow[] = [
  ...JAVASCRIPT_TOOLS,
  ...JAVASCRIPT_LINTERS,
  ...PYTHON_TOOLS,
  ...COMPILED_TOOLS,
  ...RECIPE_TOOLS,
  ...MANAGED_TOOLS,
];

/** The tools that command lines and the recipes behind them start. Pure. */
export function toolsIn(texts: readonly string[]): ToolRow[] {
  return TOOL_ROWS.filter((row) => texts.some((text) => row.starts.test(text)));
}
