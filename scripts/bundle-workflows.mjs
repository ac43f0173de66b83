// Bundles the compiled workflows once, so that a worker starts in a second instead of bundling for seven.
// The bundle has to come from the same @temporalio/worker version as the worker that runs it.
import { createRequire } from 'node:module';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { bundleWorkflowCode } from '@temporalio/worker';
import { minify } from 'terser';

const workflowsPath = fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url));
const target = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));
const quiet = {
  trace() {},
  debug() {},
  info() {},
  log() {},
  warn: console.warn,
  error: console.error,
};

const require = createRequire(import.meta.url);
// The bundler's own copy of webpack
const webpack = createRequire(require.resolve('@temporalio/worker'))('webpack');

/**
 * The SDK freezes whatever a preloaded module exports, down to the last object, so that no workflow can leave something there for another; it stops
 * at what is frozen already. zod completes its schemas when they are first used, and a pattern with the flag `g` keeps its place in itself: frozen, both throw. So the
 * exports alone are frozen. What lies behind them is ours: constants and pure functions (test/architecture/shared-modules.test.ts).
 */
class FrozenExports extends webpack.RuntimeModule {
  constructor() {
    super('frozen exports', webpack.RuntimeModule.STAGE_ATTACH);
  }

  generate() {
    const define = webpack.RuntimeGlobals.definePropertyGetters;
    return `const define = ${define};
${define} = (exports, definition) => {
  define(exports, definition);
  Object.freeze(exports);
};`;
  }

  /** The plugin that puts it into the bundle. */
  static plugin = {
    apply: (compiler) =>
      compiler.hooks.thisCompilation.tap('FrozenExports', (compilation) =>
        compilation.hooks.additionalTreeRuntimeRequirements.tap('FrozenExports', (chunk, used) => {
          used.add(webpack.RuntimeGlobals.definePropertyGetters);
          compilation.addRuntimeModule(chunk, new FrozenExports());
        }),
      ),
  };
}

function slim(config) {
  return {
    ...config,
    // Every worker parses the map and keeps it: names and lines are enough for stack traces, the sources are on disk.
    devtool: 'inline-nosources-source-map',
    // Our modules have no effects when they are loaded: those that no workflow uses stay out, whatever an index file names.
    optimization: {
      ...config.optimization,
      sideEffects: true,
      providedExports: true,
      usedExports: true,
    },
    // nothing of it is used where it is preloaded, and it is to be evaluated there all the same
    module: {
      ...config.module,
      rules: [...(config.module?.rules ?? []), { test: workflowsPath, sideEffects: true }],
    },
    // zod brings its messages in forty languages, half of the bundle; workflows speak one.
    plugins: [
      ...(config.plugins ?? []),
      FrozenExports.plugin,
      new webpack.NormalModuleReplacementPlugin(/locales\/index\.js$/, '../locales/en.js'),
    ],
  };
}

const MAP_START = '\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/**
 * Takes out what every worker would hold in memory for nothing: comments and indentation (names and statements stay), letters outside ASCII, for
 * which the whole text would take two bytes a letter, and all positions of the map but the first of each line, which is all that a stack
 * trace shows. Each frame of each promise's stack trace is looked up in that map.
 */
async function shorten(bundled) {
  const [text, map] = bundled.split(MAP_START);
  const content = JSON.parse(Buffer.from(map, 'base64').toString());
  const shortened = await minify(text, {
    compress: false,
    mangle: false,
    format: {
      ascii_only: true,
      beautify: true,
      comments: false,
      indent_level: 0,
      quote_style: 3,
    },
    sourceMap: { content, asObject: true },
  });
  const mappings = decode(shortened.map.mappings).map((line) =>
    line.slice(0, 1).map((segment) => segment.slice(0, 4)),
  );
  const lines = { ...shortened.map, file: content.file, names: [], mappings: encode(mappings) };
  return `${shortened.code}${MAP_START}${Buffer.from(JSON.stringify(lines)).toString('base64')}\n`;
}

const bundled = await bundleWorkflowCode({
  workflowsPath,
  preloadModules: [workflowsPath],
  logger: quiet,
  webpackConfigHook: slim,
});
const code = await shorten(bundled.code);
mkdirSync(dirname(target), { recursive: true });
const temporary = `${target}.${process.pid}`;
writeFileSync(temporary, code);
renameSync(temporary, target);
const { version } = require('@temporalio/worker/package.json');
console.log(
  `workflow bundle: ${(code.length / 1024).toFixed(0)} KiB, @temporalio/worker ${version}`,
);
