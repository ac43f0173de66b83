import { z } from 'zod';

/** Longest text of a server that is kept of one field. */
const MAX_TEXT = 20_000;
/** Items of one list that are looked at. */
const MAX_ITEMS = 5000;

const text = z.string().transform((value) => value.slice(0, MAX_TEXT));

/** A list of which no more is read than anybody could be shown; what is no item of it is left out. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(z.unknown()).transform((values) =>
    values.slice(0, MAX_ITEMS).flatMap((value) => {
      const parsed = item.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    }),
  );
}

const count = z.int().min(0).max(10_000_000);

/** A place in a text: line and UTF-16 unit, both from 0. */
export const positionSchema = z.object({ line: count, character: count });

/** See {@link positionSchema}. */
export type Position = z.infer<typeof positionSchema>;

/** From a place to another; the second is not part of it. */
export const rangeSchema = z.object({ start: positionSchema, end: positionSchema });

/** See {@link rangeSchema}. */
export type Range = z.infer<typeof rangeSchema>;

const locationSchema = z.object({ uri: text, range: rangeSchema });
const linkSchema = z
  .object({ targetUri: text, targetSelectionRange: rangeSchema })
  .transform(({ targetUri, targetSelectionRange }) => ({
    uri: targetUri,
    range: targetSelectionRange,
  }));

/** A place in a file. */
export type Location = z.infer<typeof locationSchema>;

/** One place, a list of them, or none. */
export const locationsSchema = z
  .union([locationSchema.transform((one) => [one]), listOf(z.union([locationSchema, linkSchema]))])
  .nullish()
  .transform((list) => list ?? []);

const markupSchema = z.union([text, z.object({ value: text }).transform(({ value }) => value)]);

/** What is said about a place, as one text. */
export const hoverSchema = z
  .object({ contents: z.union([markupSchema.transform((one) => [one]), listOf(markupSchema)]) })
  .nullish()
  .transform((hover) => hover?.contents.join('\n\n') ?? '');

const completionItemSchema = z.object({
  label: text,
  detail: text.optional(),
  kind: z.int().optional(),
  sortText: text.optional(),
});

/** What could be written at a place. */
export const completionSchema = z
  .union([listOf(completionItemSchema), z.object({ items: listOf(completionItemSchema) })])
  .nullish()
  .transform((list) =>
    list === null || list === undefined ? [] : 'items' in list ? list.items : list,
  );

/** A symbol of a file, with those inside it. */
export interface SymbolNode {
  readonly name: string;
  readonly kind: number;
  readonly detail: string;
  readonly line: number;
  readonly uri: string | undefined;
  readonly container: string;
  readonly children: readonly SymbolNode[];
}

const MAX_SYMBOL_DEPTH = 8;

const flatSymbolSchema = z.object({
  name: text,
  kind: z.int().default(0),
  detail: text.optional(),
  containerName: text.nullish(),
  location: z.object({ uri: text, range: rangeSchema.optional() }).optional(),
  selectionRange: rangeSchema.optional(),
  children: z.array(z.unknown()).optional(),
});

/** Symbols of a file or of a project, in either form of the protocol. */
export function parseSymbols(value: unknown, depth = MAX_SYMBOL_DEPTH): SymbolNode[] {
  if (!Array.isArray(value) || depth === 0) return [];
  return value.slice(0, MAX_ITEMS).flatMap((item) => {
    const parsed = flatSymbolSchema.safeParse(item);
    if (!parsed.success) return [];
    const {
      name,
      kind,
      detail = '',
      containerName,
      location,
      selectionRange,
      children,
    } = parsed.data;
    return [
      {
        name,
        kind,
        detail,
        line: (selectionRange ?? location?.range)?.start.line ?? 0,
        uri: location?.uri,
        container: containerName ?? '',
        children: parseSymbols(children, depth - 1),
      },
    ];
  });
}

/** A function as the hierarchy of calls names it. The server gets it back as it gave it. */
export const callItemSchema = z.looseObject({
  name: text,
  uri: text,
  detail: text.optional(),
  selectionRange: rangeSchema,
});

/** See {@link callItemSchema}. */
export type CallItem = z.infer<typeof callItemSchema>;

/** The functions at a place. */
export const callItemsSchema = listOf(callItemSchema)
  .nullish()
  .transform((list) => list ?? []);

/** Who calls a function, or what it calls. */
export const callsSchema = listOf(
  z.union([
    z.object({ from: callItemSchema }).transform(({ from }) => from),
    z.object({ to: callItemSchema }).transform(({ to }) => to),
  ]),
)
  .nullish()
  .transform((list) => list ?? []);

/** A finding about a text. */
export const diagnosticSchema = z.object({
  range: rangeSchema,
  message: text,
  severity: z.int().optional(),
  code: z.union([z.string(), z.number()]).nullish(),
  source: text.nullish(),
});

/** See {@link diagnosticSchema}. */
export type Diagnostic = z.infer<typeof diagnosticSchema>;

/** A list of findings. */
export const diagnosticsSchema = listOf(diagnosticSchema);

const textEditSchema = z.object({ range: rangeSchema, newText: z.string() });

/** A replacement in a text. */
export type TextEdit = z.infer<typeof textEditSchema>;

/** Every edit counts: one that cannot be read makes the whole unreadable. */
const documentEditSchema = z.object({
  textDocument: z.object({ uri: z.string(), version: z.int().nullish() }),
  edits: z.array(textEditSchema),
});

/** Changes to several files. What is no change of text (`kind`) is not understood, and refused as a whole. */
export const workspaceEditSchema = z.object({
  changes: z.record(z.string(), z.array(textEditSchema)).optional(),
  documentChanges: z.array(documentEditSchema).optional(),
});

/** See {@link workspaceEditSchema}. */
export type WorkspaceEdit = z.infer<typeof workspaceEditSchema>;
