import { z } from 'zod';

/**
 * Why a changed file belongs to what a check means rather than to the product. `test`: a test, its helper or its data.
 * `configuration`: of a check tool, a runtime or a recipe. `manifest`: keys that decide about checks. `script`: a file that a check
 * names. `shadow`: found instead of a module that exists. `link`: a symbolic link in the place of something. `executable`: a program that was added.
 * `artefact`: made by a tool that believes it later. `data`: read by the check on the base, and no source. `looked-up`: the check looked for
 * it on the base and did not find it. `resolution`: decides which files a name finds; never put back, but a reason to look.
 */
export const surfaceKindSchema = z.enum([
  'test',
  'configuration',
  'manifest',
  'script',
  'shadow',
  'link',
  'executable',
  'artefact',
  'data',
  'looked-up',
  'resolution',
]);

/** See {@link surfaceKindSchema}. */
export type SurfaceKind = z.infer<typeof surfaceKindSchema>;

/** One file of the surface that a story changed. */
export const surfaceChangeSchema = z.object({
  path: z.string(),
  kind: surfaceKindSchema,
  change: z.enum(['added', 'changed', 'removed']),
});

/** See {@link surfaceChangeSchema}. */
export type SurfaceChange = z.infer<typeof surfaceChangeSchema>;
