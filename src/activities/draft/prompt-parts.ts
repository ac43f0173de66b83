import type { RepositoryOutline } from '../../contracts/index.js';

/** A part of a prompt below its title; empty where there is nothing to say. */
export function section(title: string, body: string): string {
  return body.trim() === '' ? '' : `${title}:\n${body.trim()}`;
}

/** Commands by which a repository is checked, a line each. */
export function checkLines(checks: RepositoryOutline['checks']): string {
  return checks.map(({ name, command }) => `- ${name}: ${command}`).join('\n');
}

/** The parts that say something, one below the other. */
export function joinParts(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
