import { describe, expect, it } from 'vitest';
import { commandOf } from '../../../../src/domain/prd/command-criterion.js';

describe('commandOf', () => {
  it.each([
    ['`npm test`', 'npm test'],
    ['Run `cargo test --all`', 'cargo test --all'],
    ['Step 3: Run `python scripts/check.py`.', 'python scripts/check.py'],
    ['`npm run lint` passes', 'npm run lint'],
    ['`pytest -q` exits with code 0', 'pytest -q'],
    ['`CI=1 npx vitest run` succeeds.', 'CI=1 npx vitest run'],
    ['`./scripts/smoke.sh`', './scripts/smoke.sh'],
    ['npm run test:unit', 'npm run test:unit'],
    ['cargo clippy -- -D warnings', 'cargo clippy -- -D warnings'],
    ['npm run lint && npm test', 'npm run lint && npm test'],
    ['cargo test parser', 'cargo test parser'],
    ['python3 -m pytest tests/unit', 'python3 -m pytest tests/unit'],
  ])('takes %j as a command', (criterion, command) => {
    expect(commandOf(criterion)).toBe(command);
  });

  it.each([
    'Typecheck passes',
    'Verify in browser using dev-browser skill',
    'npm test passes',
    'make sure that npm test passes',
    'go to the page',
    '`status` is shown',
    '`npm test` prints the number of tests',
    'The `npm test` script is documented',
    'node is version 20',
    'python scripts are removed',
    'npm test (unit suites green)',
    '`test`',
    'uv run pytest tests -v termina con todos los tests en verde',
    './init.sh termina con [OK] Entorno listo',
    'make app bundles correct runtime artifacts',
    'npx tailwindcss init -p',
    'Run `npm install`',
    'Run `npm run dev`',
    '`npm start`',
    '`cargo add serde`',
    'npm ci && npm test',
    '',
  ])('leaves %j to the reader', (criterion) => {
    expect(commandOf(criterion)).toBeUndefined();
  });
});
