/** Programs that serve, watch or wait whatever their arguments say. */
const PROGRAMS = new Set(
  'uvicorn gunicorn hypercorn daphne waitress-serve nodemon pm2 serve http-server live-server json-server browser-sync webpack-dev-server redis-server postgres mongod nginx caddy traefik air entr watchexec watchman jupyter streamlit top htop less more vim nano ssh'.split(
    ' ',
  ),
);
/** Programs that serve with one of these words behind them. */
const SERVING = new Map(
  Object.entries({
    next: 'dev start',
    nuxt: 'dev start',
    astro: 'dev preview',
    vite: 'dev serve preview',
    ng: 'serve',
    remix: 'dev',
    gatsby: 'develop serve',
    wrangler: 'dev',
    storybook: 'dev',
    webpack: 'serve watch',
    flask: 'run',
    fastapi: 'dev run',
    rails: 's server console c',
    jekyll: 'serve s',
    hugo: 'server serve',
    mkdocs: 'serve',
    celery: 'worker beat',
    ollama: 'serve',
    docker: 'up',
    'docker-compose': 'up',
    cargo: 'watch',
    dotnet: 'watch',
    mix: 'phx.server',
    'manage.py': 'runserver',
    artisan: 'serve tinker',
    tail: '-f -F --follow',
    sleep: 'infinity',
    php: '-S -a',
    rasa: 'run',
    firebase: 'serve emulators:start',
    supabase: 'start',
    expo: 'start',
    'react-native': 'start',
    serverless: 'offline',
    tsx: 'watch',
    bun: 'dev start',
    deno: 'serve',
  }).map(([program, words]) => [program, new Set(words.split(' '))] as const),
);
const RUNNERS = /^(?:npx|bunx|pnpx|uvx|sudo|time|env|exec)$/;
const RUNNING =
  /^(?:(?:uv|poetry|pdm|hatch|pipenv) run|bundle exec|(?:npm|pnpm|yarn) (?:exec|dlx)|npm x|yarn) /;
/** Interpreters whose first file is the program. */
const INTERPRETERS = new Set(
  'node bun deno tsx ts-node python python3 ruby php perl go cargo'.split(' '),
);
/** What people call programs that listen. */
const LISTENERS = new Set(
  'server serve app main index daemon listener www bot gateway proxy api worker dev start'.split(
    ' ',
  ),
);
const ENDS = /^(?:--check|--test|test|--once|--dry-run|build|check)$/;
/** What makes any program tell about itself and end. */
const TELLS = /^(?:--help|-h|--version|-V)$/;
/** Servers by the name of a module or subcommand. */
const SERVER = /^(?:http\.server|runserver|flask|uvicorn|phx\.server)$/;
const WATCHES = /^(?:--watch|--watchAll|--serve|--ui|--inspect-brk|-w)$/;
/** Programs that run what a project has given a name: scripts, targets, recipes. */
const SCRIPT_RUNNERS = new Set('npm pnpm yarn bun make just task deno composer rake'.split(' '));
const SCRIPT_STARTS = /^(?:dev|develop|start|serve|server|watch|preview|storybook|up)(?:[:._-]|$)/;
const SCRIPT_ENDS = /(?:^|[:._-])(?:watch|serve|server|storybook|ui)$/;

/**
 * True for a command that starts a server, watches files or waits for a person, and so never ends by itself: it cannot be a
 * check. Programs are told by their names, scripts by theirs (`node server.js`); those that say how they end
 * (`node server.js --help`) are none.
 */
export function isEndless(command: string): boolean {
  return command.split(/&&|\|\||;|\|/).some((part) => isEndlessPart(part.trim()));
}

function isEndlessPart(part: string): boolean {
  const [program = '', ...rest] = programWords(part);
  const name = program.split('/').at(-1) ?? '';
  const isBackground = /[^&]&$/.test(part);
  if (isBackground || rest.some((word) => TELLS.test(word))) return isBackground;
  if (PROGRAMS.has(name) || rest.some((word) => WATCHES.test(word) || SERVER.test(word)))
    return true;
  if (isServing(name, rest) || isServingScript(name, rest)) return true;
  if (rest.some((word) => ENDS.test(word))) return false;
  return (program.startsWith('./') && isNamedListener(program)) || isListener(name, rest);
}

function isServing(name: string, rest: readonly string[]): boolean {
  if (name === 'vite' && rest.every((word) => word.startsWith('-'))) return true;
  return rest.some((word) => SERVING.get(name)?.has(word) === true);
}

/** A script by its name, such as `npm run test:watch` or `make run`; a program that an interpreter is given (`php artisan serve`). */
function isServingScript(name: string, rest: readonly string[]): boolean {
  const target = rest.find(
    (word) => !word.startsWith('-') && !/^(?:run|task|run-script)$/.test(word),
  );
  if (target === undefined) return /^(?:make|just|task)$/.test(name) && rest[0] === 'run';
  if (SCRIPT_RUNNERS.has(name)) return SCRIPT_STARTS.test(target) || SCRIPT_ENDS.test(target);
  const program = target.slice(target.lastIndexOf('/') + 1);
  return INTERPRETERS.has(name) && isServing(program, rest.slice(1));
}

/** The words from the program on, without assignments and what runs it. */
function programWords(part: string): string[] {
  const plain = part.replace(RUNNING, '');
  const words = plain.split(/\s+/);
  const start = words.findIndex(
    (word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word) && !RUNNERS.test(word) && word !== '-y',
  );
  return start < 0 ? [] : words.slice(start);
}

/** The script or target that an interpreter is given. */
function isListener(interpreter: string, rest: readonly string[]): boolean {
  if (!INTERPRETERS.has(interpreter)) return false;
  const target = rest.find((word) => !word.startsWith('-') && !/^(?:run|exec)$/.test(word));
  if (target === undefined || (rest[0] ?? '').startsWith('-m')) return false;
  const isFile = /\.(?:[cm]?[jt]sx?|py|rb|php|pl)$/.test(target) || target.startsWith('./');
  return isFile && isNamedListener(target.replace(/\.(?:[cm]?[jt]sx?|py|rb|php|pl)$/, ''));
}

/** True for a file whose name, or a part of it, is that of a program that listens. */
function isNamedListener(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1).toLowerCase();
  return name.split(/[._-]/).some((part) => LISTENERS.has(part));
}
