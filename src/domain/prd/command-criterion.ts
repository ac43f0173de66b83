/** Programs whose name at the start of a quoted text makes it a command line. */
const TOOLS =
  'npm npx pnpm yarn bun bunx deno node tsc eslint vitest jest playwright cargo go python python3 pytest uv poetry ruff mypy tox make just task cmake ctest gradle mvn dotnet bundle rake rspec ruby php composer phpunit mix swift bash sh test curl grep docker git';
const QUOTED_TOOLS = new Set(TOOLS.split(' '));

/** What may stand around a quoted command without changing that it simply must succeed. */
const LEAD =
  /^(?:step\s+\d+\s*[:.)]\s*)?(?:(?:run|execute|verify that|verify|check that)\s*:?\s+)?/i;
const TAIL =
  /^\s*(?:passes|succeeds|works|runs clean(?:ly)?|is green|completes|exits? (?:with )?(?:code |status )?0)?(?: (?:without errors?|successfully))?\s*[.;]?\s*$/i;

/** Unquoted texts need a known subcommand, because "make sure" and "go home" are no commands. */
const BARE =
  /^(?:(?:npm|pnpm|yarn|bun) (?:test|ci|run [\w:.-]+|lint|build|typecheck)|npx [\w@./-]+|node (?:--test|[\w./-]+\.[cm]?[jt]s)|cargo (?:test|check|build|clippy|fmt|run)|go (?:test|vet|build|run)|(?:uv run |poetry run )?(?:pytest|ruff check|mypy)|python3? (?:-m [\w.]+|[\w./-]+\.py)|make [a-z][\w-]*|(?:ba)?sh [\w./-]+\.sh|\.\/[\w./-]+)(?= |$)/;
const SHELL_WORD = /^[\w./:=@*'"{}$,[\]+%~^!?-]+$|^(?:&&|\|\||\||;|>|<|2>&1)$/;
const PROSE =
  /\b(?:is|are|the|that|passes|passing|pass|succeeds|works|should|must|with|without|runs|exits|returns|shows|prints|green|sure)\b/i;

/**
 * The command line that a criterion plainly is, or undefined: "`npm test`", "Run `npm test`", "`npm test` passes",
 * `npm test`, but not "make sure that npm test passes". Commands are recognised by a known program in quotes, or without
 * quotes by a known program with its subcommand and nothing that reads like prose.
 */
export function commandOf(criterion: string): string | undefined {
  const plain = criterion.trim().replace(LEAD, '');
  const quoted = /^`([^`\n]+)`(.*)$/.exec(plain);
  if (quoted !== null) {
    const command = quoted[1]?.trim() ?? '';
    return isToolLine(command) && TAIL.test(quoted[2] ?? '') ? command : undefined;
  }
  if (!BARE.test(plain) || PROSE.test(plain)) return undefined;
  return plain.split(/\s+/).every((word) => SHELL_WORD.test(word)) ? plain : undefined;
}

/** True when the first word behind assignments is a program we know, or a path of one. */
export function isToolLine(command: string): boolean {
  const words = command.split(/\s+/);
  const program = words.find((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) ?? '';
  return QUOTED_TOOLS.has(program)
    ? words.length > 1 || !isAmbiguous(program)
    : /^\.\/\S+/.test(program);
}

/** Names that are also what people quote as words: "`test`", "`task`". */
function isAmbiguous(program: string): boolean {
  return ['test', 'task', 'just', 'go', 'make', 'node', 'git', 'docker', 'curl', 'sh'].includes(
    program,
  );
}
