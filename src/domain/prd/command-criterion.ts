import { isEndless } from './endless-command.js';

/** Characters of a command that stands in a criterion; what is longer is read by the agent. */
const COMMAND_LIMIT = 1000;

/** Programs whose name at the start of a quoted text makes it a command line. */
const TOOLS =
  'npm npx pnpm yarn bun bunx deno node tsc eslint vitest jest playwright cargo go python python3 pytest uv poetry ruff mypy tox make just task cmake ctest gradle mvn dotnet bundle rake rspec ruby php composer phpunit mix swift bash sh test grep';
const QUOTED_TOOLS = new Set(TOOLS.split(' '));

/** What may stand around a quoted command without changing that it simply must succeed. */
const LEAD =
  /^(?:step\s+\d+\s*[:.)]\s*)?(?:(?:run|execute|verify that|verify|check that)\s*:?\s+)?/i;
const TAIL =
  /^(?:passes|succeeds|works|runs clean(?:ly)?|is green|completes|exits? (?:with )?(?:code |status )?0)?(?: (?:without errors?|successfully))?$/i;

/** Unquoted texts need a known subcommand, because "make sure" and "go home" are no commands. */
const BARE =
  /^(?:(?:npm|pnpm|yarn|bun) (?:test|run [\w:.-]+|lint|build|typecheck)|npx (?:vitest|jest|mocha|playwright|cypress|tsc|eslint|oxlint|biome|prettier)|node (?:--test|[\w./-]+\.[cm]?[jt]s)|cargo (?:test|check|build|clippy|fmt|run)|go (?:test|vet|build|run)|(?:uv run |poetry run )?(?:pytest|ruff check|mypy)|python3? (?:-m [\w.]+|[\w./-]+\.py)|make [a-z][\w-]*|(?:ba)?sh [\w./-]+\.sh|\.\/[\w./-]+)(?= |$)/;
/** What prepares, publishes or goes on for ever proves nothing, and checks have no network. */
const NO_PROOF =
  /^(?:npm|pnpm|yarn|bun|bunx|npx|pip|uv|poetry|cargo|go|composer|bundle)\s+(?:(?:run\s+)?(?:dev|start|serve|watch|preview)\b|(?:install|i|ci|add|init|create|get|sync|login)\b|(?:run\s+)?(?:publish|deploy|release)\b|\S+\s+init\b)/;
const SHELL_WORD = /^[\w./:=@*'"{}$,[\]+%~^!?-]+$|^(?:&&|\|\||\||;|>|<|2>&1)$/;
const PROSE =
  /\b(?:is|are|the|that|passes|passing|pass|succeeds|works|should|must|with|without|runs|exits|returns|shows|prints|green|sure)\b/i;

/**
 * The command line that a criterion plainly is, or undefined: "`npm test`", "Run `npm test`", "`npm test` passes",
 * `npm test`, but not "make sure that npm test passes". Commands are recognised by a known program in quotes, or without
 * quotes by a known program with its subcommand and nothing that reads like prose.
 */
export function commandOf(criterion: string): string | undefined {
  if (criterion.length > COMMAND_LIMIT) return undefined;
  const plain = criterion.trim().replace(LEAD, '');
  const quoted = /^`([^`\n]+)`(.*)$/.exec(plain);
  if (quoted !== null) {
    const command = quoted[1]?.trim() ?? '';
    const isPlain = isToolLine(command) && TAIL.test(withoutStop(quoted[2] ?? ''));
    return isPlain && provesSomething(command) ? command : undefined;
  }
  if (!isShellLine(plain) || isEndless(plain)) return undefined;
  const parts = plain.split(/\s(?:&&|\|\||;|\|)\s/);
  return parts.every((part) => isBareCommand(part.trim())) ? plain : undefined;
}

/** Text without blanks and one full stop around it. */
function withoutStop(text: string): string {
  return text.trim().replace(/[.;]$/, '').trimEnd();
}

/**
 * The command line in a field that is meant for commands, with or without quotes; undefined for prose, and for what proves
 * nothing: commands that install, or that start a server and never end.
 */
export function commandLineOf(field: string): string | undefined {
  if (field.length > COMMAND_LIMIT) return undefined;
  const plain = field.trim();
  const line = /^`([^`\n]+)`$/.exec(plain)?.[1]?.trim() ?? plain;
  const isCommand = commandOf(line) !== undefined || (isShellLine(line) && isToolLine(line));
  return isCommand && provesSomething(line) ? line : undefined;
}

function isShellLine(line: string): boolean {
  return !PROSE.test(line) && line.split(/\s+/).every((word) => SHELL_WORD.test(word));
}

function provesSomething(command: string): boolean {
  return !NO_PROOF.test(command) && !isEndless(command);
}

/** At most one plain word behind program and subcommand: more of them are a sentence, in whatever language. */
function isBareCommand(part: string): boolean {
  if (!BARE.test(part) || NO_PROOF.test(part)) return false;
  const rest = part.replace(BARE, '').trim();
  return rest.split(/\s+/).filter((word) => /^\p{L}+$/u.test(word)).length <= 1;
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
