/** Shells: the file that they are given decides what the check means. */
const SHELLS = new Set(['bash', 'sh', 'dash', 'zsh', 'ksh', 'source', '.']);
/** Options whose value is a configuration or recipe file of the check. */
const CONFIG_OPTIONS =
  /^(-c|-f|-p|-s|--config|--config-file|--file|--makefile|--justfile|--project|--rcfile|--settings|--configuration)$/;
const SCRIPT_ENDINGS = /\.(sh|bash|zsh|bats)$/;
/** Words in a path that say that the file serves checks, whatever language it is written in. */
const CHECK_WORDS =
  /(^|[/._-])(checks?|tests?|lint(er)?|verify|verification|spec|specs|ci|validate|assert)([/._-]|$)/i;

/**
 * Files that a command line names and that decide what it checks, relative to the folder where it runs: scripts given to a
 * shell, started directly, or named like a check, and configuration files. The program under test (`python main.py`) is
 * none of them. Existence is for the caller to see. Pure.
 */
export function scriptsOf(commandLine: string): string[] {
  const commands = commandLine.split(/[;\n]|&&|\|\|?|&|\$\(|`|[(){}]/);
  return [...new Set(commands.flatMap(scriptsOfCommand))];
}

/** Scripts that a shell text reads into itself with `.` or `source`. Pure. */
export function sourcedScripts(text: string): string[] {
  return text
    .split(/[;\n]|&&|\|\|?|&/)
    .flatMap((command) => {
      const [word, path = ''] = command.trim().split(/[\s'"]+/);
      return word === '.' || word === 'source' ? [path.replace(/^\.\//, '')] : [];
    })
    .filter(isRelativePath);
}

/** Scripts whose output a text compares: `$(sh add.sh 2 3)` is the thing under test, wherever it stands. Pure. */
export function askedScripts(text: string): string[] {
  const asked = text.split(/\$\(|`/).slice(1);
  return [...new Set(asked.flatMap((part) => scriptsOf(part.split(')', 1)[0] ?? '')))];
}

function scriptsOfCommand(command: string): string[] {
  const words = command
    .split(/[\s'"<>]+/)
    .filter((word) => word !== '' && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word))
    // --config=FILE is two words as well
    .flatMap((word) => (/^--?[a-z-]+=./.test(word) ? word.split(/=(.*)/s, 2) : [word]));
  return words.flatMap((word, index) => {
    const path = word.replace(/^@/, '').replace(/^\.\//, '');
    const isStarted = index === 0 && word.includes('/') && !/\.[a-z0-9]+$/i.test(path);
    const isScript = isStarted || isNamedScript(path, words[index - 1] ?? '');
    return isScript && isRelativePath(path) ? [path] : [];
  });
}

function isNamedScript(path: string, before: string): boolean {
  return (
    SHELLS.has(before) ||
    CONFIG_OPTIONS.test(before) ||
    SCRIPT_ENDINGS.test(path) ||
    CHECK_WORDS.test(path)
  );
}

function isRelativePath(path: string): boolean {
  return /^[\w@+.][\w@+./-]*$/.test(path);
}

/** Files whose text may name further check scripts: recipes and shell scripts. */
export function mayNameScripts(path: string): boolean {
  return (
    SCRIPT_ENDINGS.test(path) ||
    /(^|\/)(GNUmakefile|[Mm]akefile|\.?[Jj]ustfile|[^/]+\.mk|tox\.ini)$/.test(path) ||
    !/\.[a-z0-9]+$/i.test(path)
  );
}
