import { COMMANDS_ONLY, NEXT_CELL } from './engine/cell-source.js';

/** Fences that hold code for the REPL; others quote something. */
const LANGUAGES = new Set([
  '',
  'repl',
  'js',
  'javascript',
  'ts',
  'typescript',
  'node',
  'python',
  'py',
]);
const COMMAND =
  /^(?:(?:let|const|var) \w+ = |\w+ = )?(?:await )?(?:head|tail|grep|count|slice|lines|chunks|records|outline|entries|print|llm_query|rlm_query|map|vote|FINAL|FINAL_VAR)\(/;

/**
 * The code in what a model said: its fences one behind the other, or without one the lines that begin with a command. Undefined when
 * there is none. Pure.
 */
export function cellOf(reply: string): string | undefined {
  const cells = fencedCode(reply);
  if (cells.length > 0) return cells.join(NEXT_CELL);
  const commands = bareCommands(reply);
  return commands === '' ? undefined : `${COMMANDS_ONLY}${commands}`;
}

function fencedCode(reply: string): string[] {
  const cells: string[] = [];
  let open: { mark: string; isCode: boolean; lines: string[] } | undefined;
  for (const line of reply.split('\n')) {
    const fence = /^(`{3,}|~{3,}) ?([\w+-]*)$/.exec(line.trim());
    if (open === undefined) {
      const [, mark, language = ''] = fence ?? [];
      if (mark !== undefined)
        open = { mark, isCode: LANGUAGES.has(language.toLowerCase()), lines: [] };
    } else if (line.trim() === open.mark) {
      if (open.isCode) cells.push(open.lines.join('\n'));
      open = undefined;
    } else open.lines.push(line);
  }
  // an answer that was cut off, or a model that forgot to close its fence
  if (open?.isCode === true) cells.push(open.lines.join('\n'));
  return cells.filter((cell) => cell.trim() !== '');
}

function bareCommands(reply: string): string {
  return reply
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => COMMAND.test(line))
    .join('\n');
}
