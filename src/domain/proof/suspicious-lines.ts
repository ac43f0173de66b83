import { visible } from '../text/visible.js';

/** A line that a story added and that a reader should see, because a check may look away from what it does. */
export interface SuspiciousLine {
  readonly path: string;
  /** From 1, in the story's file. */
  readonly line: number;
  /** What it is: `suppression`, `skipped test`, `ends the process`, `knows its tests`, `touches assertions`. */
  readonly what: string;
  /** The line, cut. */
  readonly text: string;
  /** True when the whole check may be blind because of it, so that canaries are needed; else a remark. */
  readonly mayBlind: boolean;
}

interface Pattern {
  readonly what: SuspiciousLine['what'];
  readonly pattern: RegExp;
  readonly mayBlind: boolean;
  /** Only where the file is no test: a test may well name its runner. */
  readonly inProduct?: boolean;
}

const PATTERNS: readonly Pattern[] = [
  // headers that silence a whole file
  {
    what: 'suppression',
    pattern:
      /eslint[-]disable\s*(?:\*\/|$)|#\s*(?:ruff|flake8):\s*noqa|#\s*mypy:|@ts[-]nocheck|#!\[(?:allow|cfg_attr)|pylint:\s*(?:disable|skip-file)|pyright:\s*(?:basic|ignore)|biome-ignore-all/,
    mayBlind: true,
  },
  {
    what: 'suppression',
    pattern:
      /eslint[-]disable-(?:next-)?line|oxlint[-]disable|biome-ignore|#\s*noqa|#\s*type:\s*ignore|#\s*pyright:|@ts-(?:ignore|expect-error)|\bas any\b|:\s*any\b|:\s*Any\b|#\[allow|\/\/\s*nolint|pragma:\s*no cover|(?:istanbul|c8|v8) ignore|NOLINT|@SuppressWarnings|rubocop:disable|phpcs:ignore|@phpstan-ignore|@psalm-suppress/,
    mayBlind: false,
  },
  {
    what: 'skipped test',
    pattern:
      /\.(?:only|skip|todo|failing|fails|skipIf|runIf)\b\s*[(.]|\bx(?:it|test|describe)\s*\(|\bf(?:it|describe)\s*\(|xfail|(?:pytest|unittest)\.?(?:mark\.)?skip|\.Skip(?:Now|f)?\(|#\[ignore|@Disabled|@Ignore\b|DISABLED_|markTestSkipped|:\s*skip\b/,
    mayBlind: false,
  },
  {
    what: 'ends the process',
    pattern:
      /process\.(?:exit|reallyExit|abort|kill)|\bos\._exit|\bsys\.exit|\bos\.(?:Exit|kill|abort)\b|(?:process|std)::(?:exit|abort|quick_exit)|\b_?exit\s*\(|quick_exit|syscall\.(?:Exit|Kill)|System\.exit|Runtime\.getRuntime|at_exit|atexit|Deno\.exit|exit!|^\s{0,80}(?:exit|abort|die)\b|\bdie\s*\(|\bhalt\s*\(/,
    mayBlind: true,
    inProduct: true,
  },
  {
    what: 'knows its tests',
    pattern:
      /NODE_TEST_CONTEXT|PYTEST_|JEST_WORKER|VITEST|MOCHA|RUST_TEST|CARGO_|GO_TEST|testing\.Testing\(|flag\.Lookup\("test|import\.meta\.vitest|process\.(?:execArgv|mainModule)|sys\.(?:modules|_getframe|settrace|setprofile|meta_path)|inspect\.stack|Error\(?\)?\.stack|\.stack\b|prepareStackTrace|captureStackTrace|runtime\.Caller|backtrace|Thread\.currentThread|__stack/,
    mayBlind: true,
    inProduct: true,
  },
  {
    what: 'touches assertions',
    pattern:
      /node:assert|node:test|\bassert\.[a-zA-Z]{1,60}\s{0,9}=|['"]assert['"]|(?:globalThis|\bglobal)\.\w{1,60}\s{0,9}=|\bexpect\.|Object\.setPrototypeOf|prototype\.\w{1,60}\s{0,9}=|\bsetattr\s{0,9}\(|__builtins__|\bbuiltins\b|importlib|monkeypatch|unittest\.|\bpytest\b|\bTestCase\b|Module\._|require\.cache|createRequire|node:module|TEST_RUNNER|panic::set_hook/,
    mayBlind: true,
    inProduct: true,
  },
  {
    what: 'touches assertions',
    pattern:
      /\bMinitest\b|\bRSpec\b|\bTest::Unit\b|\bPHPUnit\\|\borg\.(?:junit|opentest4j|testng|assertj|hamcrest)\b/,
    mayBlind: true,
    inProduct: true,
  },
];

const LINES_LIMIT = 100;
const TEXT_LIMIT = 160;
/** A longer line is looked through piece by piece. */
const PIECE = 2000;
/** Longer than anything that a pattern has to see whole. */
const OVERLAP = 100;

/** Files that a story changed, with the lines that it added. */
export interface AddedLines {
  readonly path: string;
  readonly isTest: boolean;
  readonly lines: readonly { readonly line: number; readonly text: string }[];
}

/** Lines that the story added and that a reader should see, those that may blind a check first. Bounded; pure. */
export function suspiciousLines(files: readonly AddedLines[]): SuspiciousLine[] {
  return firstSuspicious(
    files.flatMap(({ path, isTest, lines }) => {
      const patterns = PATTERNS.filter(({ inProduct }) => !(isTest && inProduct === true));
      return lines.flatMap(({ line, text }) => {
        const found = lookThrough(text, patterns);
        return found === undefined ? [] : [{ path, line, ...found }];
      });
    }),
  );
}

/** As many as are kept, those that may blind a check first. Pure. */
export function firstSuspicious(found: readonly SuspiciousLine[]): SuspiciousLine[] {
  const first = found.filter(({ mayBlind }) => mayBlind);
  if (first.length >= LINES_LIMIT) return first.slice(0, LINES_LIMIT);
  return [...first, ...found.filter(({ mayBlind }) => !mayBlind)].slice(0, LINES_LIMIT);
}

/** The worst that a line says; its text begins where that stands, if the line is long. */
function lookThrough(
  text: string,
  patterns: readonly Pattern[],
): Pick<SuspiciousLine, 'what' | 'text' | 'mayBlind'> | undefined {
  let remark: Pick<SuspiciousLine, 'what' | 'text' | 'mayBlind'> | undefined;
  for (let at = 0; at < text.length; at += PIECE - OVERLAP) {
    const piece = text.slice(at, at + PIECE);
    for (const { what, mayBlind, pattern } of patterns) {
      if (remark !== undefined && !mayBlind) continue;
      const place = piece.search(pattern);
      if (place < 0) continue;
      const shown = place < TEXT_LIMIT && at === 0 ? piece : `…${piece.slice(place)}`;
      remark = { what, text: visible(shown.trim()).slice(0, TEXT_LIMIT), mayBlind };
      if (mayBlind) return remark;
    }
    if (at + PIECE >= text.length) break;
  }
  return remark;
}
