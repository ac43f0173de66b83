import { z } from 'zod';
import { blobRefSchema } from '../blob.js';
import { MESSAGE_LIMIT, modelText } from '../text/model-text.js';
import { attachmentsSchema } from './attachment.js';
import { toolCallSchema } from './tool-call.js';

const systemMessageSchema = z.object({ role: z.literal('system'), content: z.string() });
const userMessageSchema = z.object({
  role: z.literal('user'),
  content: z.string(),
  /** Pictures that are shown with it; absent = none. */
  attachments: attachmentsSchema.optional(),
});
const toolMessageSchema = z.object({
  role: z.literal('tool'),
  callId: z.string(),
  name: z.string(),
  content: z.string(),
  isError: z.boolean(),
  attachments: attachmentsSchema.optional(),
});
const assistantMessageSchema = z.object({
  role: z.literal('assistant'),
  content: z.string(),
  toolCalls: z.array(toolCallSchema),
  /** Opaque reasoning state, replayed only to the same provider and model. */
  providerExtras: z
    .object({ provider: z.string(), model: z.string(), data: z.record(z.string(), z.unknown()) })
    .optional(),
});

/** One message of a conversation, independent of any provider's wire format. */
export const messageSchema = z.discriminatedUnion('role', [
  systemMessageSchema,
  userMessageSchema,
  toolMessageSchema,
  assistantMessageSchema,
]);

/** See {@link messageSchema}. */
export type Message = z.infer<typeof messageSchema>;

/** An assistant's message: text, tool calls and opaque provider extras. */
export type AssistantMessage = z.infer<typeof assistantMessageSchema>;

/**
 * One link of a conversation chain, stored as a content-addressed blob.
 * A link with `parent: null` is a root or a checkpoint and holds every message up to that point.
 */
export const conversationNodeSchema = z.object({
  version: z.literal(1),
  parent: blobRefSchema.nullable(),
  /** Number of links since the start of the conversation, from 1. */
  depth: z.number().int().positive(),
  messages: z.array(messageSchema),
  /** Of a root that a shortened conversation begins with: the last link before; its messages are all there. */
  earlier: blobRefSchema.optional(),
  /** Of a checkpoint behind such a root: `earlier` of the root, and how many of the messages here, from the first, are its own. */
  shortened: z
    .object({ earlier: blobRefSchema, messages: z.number().int().nonnegative() })
    .optional(),
});

/** See {@link conversationNodeSchema}. */
export type ConversationNode = z.infer<typeof conversationNodeSchema>;

/** A checkpoint is written every so many links, so that reading a conversation stays cheap (design.md section 3). */
export const CHECKPOINT_INTERVAL = 20;

/** A message that the workflow adds to a conversation; large texts travel by reference. */
export const newMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), text: z.string().max(MESSAGE_LIMIT) }),
  z.object({ kind: z.literal('user-ref'), ref: blobRefSchema }),
  z.object({
    kind: z.literal('tool'),
    callId: z.string(),
    name: z.string(),
    isError: z.boolean(),
    ref: blobRefSchema,
    attachments: attachmentsSchema.optional(),
  }),
  z.object({
    kind: z.literal('tool-text'),
    callId: z.string(),
    name: z.string(),
    isError: z.boolean(),
    text: z.string().max(MESSAGE_LIMIT),
  }),
]);

/** See {@link newMessageSchema}. */
export type NewMessage = z.infer<typeof newMessageSchema>;

/** A message whose text fits: what an agent's workflow says goes through this, so that the next call always takes it. Pure. */
export function fittingMessage(message: NewMessage): NewMessage {
  return 'text' in message ? { ...message, text: modelText(message.text) } : message;
}
