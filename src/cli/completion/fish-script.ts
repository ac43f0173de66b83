import { namesOf, type CompletionRow } from './tables.js';

/** The script for fish. */
export function fishScript(rows: readonly CompletionRow[]): string {
  const withValue = rows.flatMap(({ path, options }) => {
    const names = options.filter(({ takesValue }) => takesValue).flatMap(namesOf);
    return names.length === 0
      ? []
      : [`        case ${quoted(path)}\n            printf '%s\\n' ${names.join(' ')}`];
  });
  const commands = rows.flatMap((row) =>
    row.commands.length === 0
      ? []
      : [
          `        case ${quoted(row.path)}\n            printf '%s\\n' ${row.commands.map(({ name }) => name).join(' ')}`,
        ],
  );
  return `# Completion of codetether for fish: codetether completion fish | source
function __codetether_with_value
    switch "$argv[1]"
${withValue.join('\n')}
    end
end
function __codetether_commands
    switch "$argv[1]"
${commands.join('\n')}
    end
end
function __codetether_path
    set -l path ''
    set -l waiting 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $waiting = 1
            set waiting 0
            continue
        end
        if string match -q -- '-*' $word
            contains -- $word (__codetether_with_value "$path"); and set waiting 1
        else if contains -- $word (__codetether_commands "$path")
            set path (string trim -- "$path $word")
        end
    end
    echo $path
end
function __codetether_at
    test (__codetether_path) = "$argv[1]"
end
function __codetether_runs
    set -l home $CODETETHER_HOME
    if test -z "$home"
        set -l data $XDG_DATA_HOME
        test -z "$data"; and set data $HOME/.local/share
        set home $data/codetether-agent
    end
    command ls -1 $home/runs 2>/dev/null
end
${rows.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, takesRun }: CompletionRow): string[] {
  const at = `complete -c codetether -n ${quoted(`__codetether_at ${quoted(path)}`)}`;
  return [
    ...commands.map(
      ({ name, description }) => `${at} -f -a ${quoted(name)} -d ${quoted(description)}`,
    ),
    ...(takesRun ? [`${at} -f -a '(__codetether_runs)'`] : []),
    ...options.map(({ short, long, choices, takesValue, description }) => {
      const names = `${short === null ? '' : ` -s ${short.slice(1)}`}${long === null ? '' : ` -l ${long.slice(2)}`}`;
      const value =
        choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : '';
      return `${at}${names}${value} -d ${quoted(description)}`;
    }),
  ];
}

/** A text in quotes of fish: only the quote itself and a backslash mean something there. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
