import { InvalidInputError } from '../../domain/index.js';

/**
 * The paths that stories may change, relative to the repository, without `./` and final slashes; undefined = every path.
 * Throws `ERR_PATHS_INVALID` for one that leads outside.
 */
export function allowedPaths(
  flag: readonly string[] | undefined,
  configured: readonly string[] | null,
): string[] | undefined {
  const wanted = flag ?? configured ?? [];
  if (wanted.length === 0) return undefined;
  return wanted.map((path) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    if (path.startsWith('/') || parts.length === 0 || parts.includes('..')) {
      throw new InvalidInputError('ERR_PATHS_INVALID', {
        message: `"${path}" is not a path inside the repository`,
        where: { field: flag === undefined ? 'paths' : '--paths' },
        hint: 'name files or folders relative to the repository, for example --paths src,docs/api.md',
      });
    }
    return parts.join('/');
  });
}
