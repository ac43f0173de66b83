// Bundles the compiled workflows once, so that a worker starts in a second instead of bundling for seven.
// The bundle has to come from the same @temporalio/worker version as the worker that runs it.
import { createRequire } from 'node:module';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

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
    // zod brings its messages in forty languages, half of the bundle; workflows speak one.
    plugins: [
      ...(config.plugins ?? []),
      new webpack.NormalModuleReplacementPlugin(/locales\/index\.js$/, '../locales/en.js'),
    ],
  };
}

const { code } = await bundleWorkflowCode({
  workflowsPath,
  logger: quiet,
  webpackConfigHook: slim,
});
mkdirSync(dirname(target), { recursive: true });
const temporary = `${target}.${process.pid}`;
writeFileSync(temporary, code);
renameSync(temporary, target);
const { version } = require('@temporalio/worker/package.json');
console.log(
  `workflow bundle: ${(code.length / 1024).toFixed(0)} KiB, @temporalio/worker ${version}`,
);
