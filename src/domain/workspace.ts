import { z } from 'zod';

/**
 * Names a workspace under CODETETHER_HOME, for example `4f2a91c0/01J…/lane-1`. Never an absolute path, so that
 * histories can be read on another machine and a model cannot choose a folder.
 */
export const workspaceIdSchema = z.string().regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/);

/** See {@link workspaceIdSchema}. */
export type WorkspaceId = z.infer<typeof workspaceIdSchema>;

/** A workspace as activities see it: which one, and the folder inside it where commands start (`.` = its root). */
export const workspaceRefSchema = z.object({
  id: workspaceIdSchema,
  workdir: z.string().default('.'),
});

/** See {@link workspaceRefSchema}. */
export type WorkspaceRef = z.infer<typeof workspaceRefSchema>;
