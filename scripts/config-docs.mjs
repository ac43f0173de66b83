// Writes what is made of the keys of the configuration: the table in docs/operations.md, and the JSON Schema for editors.
// A test compares both with the sources; run this after a change of src/config/keys or of the schema.
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { stdio: 'inherit' });
const { configJsonSchema, keyTable } = await import('../dist/config/index.js');

const page = new URL('../docs/operations.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const [before] = text.split('<!-- keys:');
const [, after] = text.split('<!-- end of keys -->');
writeFileSync(
  page,
  `${before}<!-- keys: npm run config:docs -->\n\n${keyTable()}\n\n<!-- end of keys -->${after}`,
);
writeFileSync(
  new URL('../docs/config.schema.json', import.meta.url),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
);
