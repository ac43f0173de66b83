import { describe, expect, it } from 'vitest';
import { NO_ENVELOPE, stricterEnvelope } from '../../../../src/domain/definitions/envelope.js';
import {
  describeDenied,
  isCiPath,
  isMigrationPath,
  outsideHits,
  outsideQuestion,
  outsideSchema,
  type Outside,
} from '../../../../src/domain/definitions/outside-decisions.js';
import { openQuestionSchema, isYes } from '../../../../src/domain/agent/question.js';

const OUTSIDE: Outside = {
  dependencies: ['npm left-pad', 'npm is-odd'],
  migrations: ['db/migrations/1.sql'],
  ciFiles: ['.github/workflows/ci.yml'],
  deletions: 30,
};

describe('the envelope', () => {
  it('is the strictest word of all files', () => {
    const left = { ...NO_ENVELOPE, migration: 'park' as const };
    expect(stricterEnvelope(left, { migration: 'allow', ciFile: 'deny' })).toEqual({
      newDependency: 'allow',
      migration: 'park',
      ciFile: 'deny',
      massDeletion: 'allow',
    });
    expect(stricterEnvelope(left, {})).toEqual(left);
  });

  it('finds what stands against a change, but for what a person granted, word for word', () => {
    const envelope = {
      ...NO_ENVELOPE,
      newDependency: 'park' as const,
      massDeletion: 'deny' as const,
    };
    const parked = { decision: 'park', granted: ['new dependency npm is-odd'] } as const;
    expect(outsideHits(OUTSIDE, envelope, parked)).toEqual(['new dependency npm left-pad']);
    expect(outsideHits(OUTSIDE, envelope, { decision: 'deny', granted: [] })).toEqual([
      '30 deleted files',
    ]);
    expect(outsideHits(OUTSIDE, NO_ENVELOPE, { decision: 'deny', granted: [] })).toEqual([]);
  });

  it('asks in words that fit, and whose yes grants exactly that', () => {
    const hits = Array.from(
      { length: 50 },
      (_, at) => `new dependency npm package-${at}-${'x'.repeat(60)}`,
    );
    const question = outsideQuestion(hits);
    expect(openQuestionSchema.parse(question)).toEqual(question);
    const { grants = [] } = question;
    expect(grants).toEqual(hits.slice(0, grants.length));
    expect(grants.length).toBeGreaterThan(5);
    for (const hit of grants) expect(question.question).toContain(hit);
    expect(question.question).toContain(`(${50 - grants.length} more are asked for behind this)`);
    expect(question.question.length).toBeLessThan(1500);
    expect(describeDenied(['CI file a'])).toContain('CI file a');
    expect(() => outsideSchema.parse(OUTSIDE)).not.toThrow();
  });

  it.each([
    ['.github/workflows/ci.yml', true],
    ['.gitlab-ci.yml', true],
    ['Jenkinsfile', true],
    ['src/.github/x', false],
    ['docs/Jenkinsfile', false],
  ])('%s is a file of CI: %s', (path, is) => {
    expect(isCiPath(path)).toBe(is);
  });

  it.each([
    ['db/migrate/20240101_add.rb', true],
    ['app/migrations/0001_initial.py', true],
    ['src/main/resources/V1__init.sql', true],
    ['prisma/migrations/x/migration.sql', true],
    ['src/migration.ts', false],
    ['docs/emigrations.md', false],
  ])('%s is a migration: %s', (path, is) => {
    expect(isMigrationPath(path)).toBe(is);
  });

  it.each([
    ['yes', true],
    ['Yes, please', true],
    ['ok', true],
    ['  y', true],
    ['OK!', true],
    ['approved.\n', true],
    ['ok, but not now', false],
    ['yes or no?', false],
    ['Yes, please not', false],
    ['allow nothing', false],
    ['y\nno', false],
    [`yes${'. '.repeat(50_000)}x`, false],
    ['no', false],
    ['yesterday was better', false],
    ['not yes', false],
    ['', false],
  ])('%j is a yes: %s', (answer, is) => {
    expect(isYes(answer)).toBe(is);
  });
});
