import { z } from 'zod';

const name = z.string().min(1).optional();

/** A command whose exit code must be 0, and what else must be true when it has ended. */
export const shellStepSchema = z.object({
  type: z.literal('shell'),
  name,
  /** Shell command line, run by bash. */
  command: z.string().min(1),
  /** Folder relative to the PRD's; default the PRD's folder. */
  cwd: z.string().optional(),
  /** Each must be part of the output. */
  expectOutputContains: z.array(z.string()).default([]),
  /** Each pattern must match at least one file when the command has ended. */
  expectFilesGlob: z.array(z.string()).default([]),
});

/** A file that must exist. */
export const fileExistsStepSchema = z.object({
  type: z.literal('file_exists'),
  name,
  /** Relative to the PRD's folder. */
  path: z.string().min(1),
  /** `path` is a pattern that must match at least one file. */
  glob: z.boolean().default(false),
});

/** An address that must answer, asked from inside the sandbox of the checks (its own loopback only). */
export const urlStepSchema = z.object({
  type: z.literal('url'),
  name,
  url: z.url(),
  method: z.string().default('GET'),
  expectStatus: z.number().int().default(200),
  expectBodyContains: z.array(z.string()).default([]),
  /** Milliseconds. */
  timeoutMs: z.number().int().positive().default(30_000),
});

/** One step by which a story is verified, besides the checks of the PRD (facts: codetether.md section 4). */
export const verificationStepSchema = z.discriminatedUnion('type', [
  shellStepSchema,
  fileExistsStepSchema,
  urlStepSchema,
]);

/** See {@link verificationStepSchema}. */
export type VerificationStep = z.infer<typeof verificationStepSchema>;

type ShellStep = z.infer<typeof shellStepSchema>;
type FileExistsStep = z.infer<typeof fileExistsStepSchema>;
type UrlStep = z.infer<typeof urlStepSchema>;

/** One thing that is run to verify a story; each gives one evidence. */
export type VerificationRun = { readonly name: string; readonly command: string } & (
  | { readonly type: 'shell'; readonly step: ShellStep }
  | { readonly type: 'file_exists'; readonly step: FileExistsStep }
  | {
      readonly type: 'url';
      readonly step: UrlStep;
      /** Runs beside it in the same sandbox, so that its loopback can be reached; null = nothing does. */
      readonly server: ShellStep | null;
    }
);

/**
 * What to run for the steps, in order. Every run has a sandbox of its own, which ends with it; so a shell step directly
 * before url steps is no run of its own but is started together with each of them, and may go on (a server) or end with 0.
 */
export function verificationRuns(steps: readonly VerificationStep[]): VerificationRun[] {
  const runs: VerificationRun[] = [];
  let server: ShellStep | null = null;
  steps.forEach((step, index) => {
    if (step.type === 'shell') {
      server = steps[index + 1]?.type === 'url' ? step : null;
      if (server === null)
        runs.push({
          type: 'shell',
          step,
          name: step.name ?? short(step.command),
          command: step.command,
        });
    } else if (step.type === 'url') {
      const asked = `${step.method} ${step.url}`;
      const command = server === null ? asked : `${server.command} & ${asked}`;
      runs.push({ type: 'url', step, server, name: step.name ?? asked, command });
    } else {
      server = null;
      const command = `${step.glob ? 'compgen -G' : 'test -e'} '${step.path}'`;
      runs.push({ type: 'file_exists', step, name: step.name ?? `exists ${step.path}`, command });
    }
  });
  return runs;
}

const NAME_LIMIT = 60;

function short(command: string): string {
  const line = command.replace(/\s+/g, ' ').trim();
  return line.length <= NAME_LIMIT ? line : `${line.slice(0, NAME_LIMIT - 1)}…`;
}
