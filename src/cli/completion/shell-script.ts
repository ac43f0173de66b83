import { namesOf, type CompletionRow } from './tables.js';

/** The tables as functions that bash and zsh both read, with what they share. */
function tables(rows: readonly CompletionRow[]): string {
  const lines = (line: (row: CompletionRow) => string[]): string =>
    rows.flatMap((row) => line(row).map((text) => `    ${text}`)).join('\n');
  const say = (key: string, words: readonly string[]): string[] =>
    words.length === 0 ? [] : [`'${key}') echo '${words.join(' ')}' ;;`];
  return `
_codetether_commands() {
  case "$1" in
${lines(({ path, commands }) =>
  say(
    path,
    commands.map(({ name }) => name),
  ),
)}
  esac
}
_codetether_options() {
  case "$1" in
${lines(({ path, options }) => say(path, [...options.flatMap(namesOf), '--help']))}
  esac
}
_codetether_with_value() {
  case "$1" in
${lines(({ path, options }) => say(path, options.filter(({ takesValue }) => takesValue).flatMap(namesOf)))}
  esac
}
_codetether_choices() {
  case "$1 $2" in
${lines(({ path, options }) => options.flatMap((option) => namesOf(option).flatMap((name) => say(`${path} ${name}`, option.choices))))}
  esac
}
_codetether_arguments() {
  case "$1" in
${lines(({ path, takesRun }) => (takesRun ? [`'${path}') command ls -1 "\${CODETETHER_HOME:-\${XDG_DATA_HOME:-$HOME/.local/share}/codetether-agent}/runs" 2>/dev/null ;;`] : []))}
  esac
}
# Reads the words before the one that is typed: prints the command, and behind a line end the option that waits for its value.
_codetether_place() {
  local path='' waiting='' word
  for word in "$@"; do
    if [ -n "$waiting" ]; then waiting=''; continue; fi
    case "$word" in
      -*) case " $(_codetether_with_value "$path") " in *" $word "*) waiting=$word ;; esac ;;
      *) case " $(_codetether_commands "$path") " in *" $word "*) path="\${path:+$path }$word" ;; esac ;;
    esac
  done
  printf '%s\\n%s' "$path" "$waiting"
}
# All that may stand at a place: $1 the command, $2 the option that waits, $3 the beginning of the word.
_codetether_words() {
  if [ -n "$2" ]; then _codetether_choices "$1" "$2"; return; fi
  case "$3" in
    -*) _codetether_options "$1" ;;
    *) _codetether_commands "$1"; _codetether_arguments "$1" ;;
  esac
}`;
}

/** The script for bash 4 or newer. */
export function bashScript(rows: readonly CompletionRow[]): string {
  return `# Completion of codetether for bash: eval "$(codetether completion bash)"
${tables(rows).trimStart()}
_codetether() {
  local cur=\${COMP_WORDS[COMP_CWORD]} place words
  place=$(_codetether_place "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; echo .)
  place=\${place%.}
  words=$(_codetether_words "\${place%%$'\\n'*}" "\${place#*$'\\n'}" "$cur")
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _codetether codetether
`;
}

/** The script for zsh. */
export function zshScript(rows: readonly CompletionRow[]): string {
  return `#compdef codetether
# Completion of codetether for zsh: eval "$(codetether completion zsh)", or as _codetether in a folder of fpath
${tables(rows).trimStart()}
_codetether() {
  local place found
  place=$(_codetether_place "\${(@)words[2,CURRENT-1]}"; echo .)
  place=\${place%.}
  found=(\${=$(_codetether_words "\${place%%$'\\n'*}" "\${place#*$'\\n'}" "\${words[CURRENT]}")})
  if (( \${#found} )); then compadd -- $found; else _files; fi
}
if [ "\${funcstack[1]}" = _codetether ]; then _codetether "$@"; else compdef _codetether codetether; fi
`;
}
