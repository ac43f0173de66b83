import { describe, expect, it } from 'vitest';
import { commandLineOf, commandOf } from '../../../../src/domain/prd/command-criterion.js';
import { isEndless } from '../../../../src/domain/prd/endless-command.js';

describe('isEndless', () => {
  it.each([
    'node server.js',
    'node src/index.js',
    'PORT=3000 node ./dist/main.mjs',
    'npx tsx src/server.ts',
    'npm test && node app.js',
    'python app.py',
    'python3 -m http.server 8000',
    'python manage.py runserver',
    'uv run uvicorn app:app --reload',
    'flask run',
    'npx vite',
    'npx next dev',
    'docker compose up',
    'php -S localhost:8000',
    'bundle exec rails server',
    'tsc --watch',
    'jest --watch',
    'nodemon index.js',
    'cargo watch -x test',
    'tail -f log.txt',
    'sleep infinity',
    './bin/server',
    'node worker.js &',
    'npm run test:watch',
    'npm run build && npm run dev',
    'npm run storybook',
    'make run',
    'make dev',
    'just serve',
    'deno task start',
    'php artisan serve',
    'ruby bin/rails s',
    'npx playwright test --ui',
  ])('is true for %j', (command) => {
    expect(isEndless(command)).toBe(true);
  });

  it.each([
    'npm run build:dev',
    'npm run test:server:unit',
    'make test',
    'php artisan test',
    'just check',
    'npm test',
    'node --test',
    'node scripts/check.mjs',
    'node src/cli.js --help',
    'node server.js --version',
    'python scripts/check.py',
    'python3 -m pytest tests',
    'npx vite build',
    'npx next build',
    'cargo test server',
    'go test ./server',
    'npx vitest run test/server.test.ts',
    'docker compose config',
    'tsc -b',
    './scripts/smoke.sh',
    'grep -q server README.md',
  ])('is false for %j', (command) => {
    expect(isEndless(command)).toBe(false);
  });
});

describe('a criterion that starts a server', () => {
  it.each(['`node server.js`', 'Run `npm run dev`', 'node server.js', '`npm run dev:api` works'])(
    'is a sentence for the agent: %j',
    (criterion) => {
      expect([commandOf(criterion), commandLineOf(criterion)]).toEqual([undefined, undefined]);
    },
  );
});

describe('commandLineOf', () => {
  it.each([
    ['test -f a.txt', 'test -f a.txt'],
    ['`grep -q x a.txt`', 'grep -q x a.txt'],
    ['npm run lint', 'npm run lint'],
    ['The login works', undefined],
    ['test that the login works', undefined],
    ['npm install', undefined],
  ])('of %j is %j', (field, command) => {
    expect(commandLineOf(field)).toBe(command);
  });
});
