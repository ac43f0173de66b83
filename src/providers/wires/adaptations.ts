import { ProviderError, type ProviderErrorKind } from '../failures/errors.js';

/** What a server was seen to take in another form than usual; absent = as usual. */
export interface Forms {
  /** Leave `stream_options` out. */
  readonly noStreamOptions?: true;
  /** Ask for the answer in one piece. */
  readonly noStream?: true;
  /** Leave `response_format` out. */
  readonly noReplySchema?: true;
  readonly tokensField?: 'max_tokens' | 'max_completion_tokens';
  /** The most that the model may be asked to write. */
  readonly maxOutputTokens?: number;
  /** Reasoning of earlier turns: demanded with each call, or refused. */
  readonly reasoning?: 'demanded' | 'refused';
  /** Say in words that there are pictures. */
  readonly noPictures?: true;
}

/** What one call asks for, as far as it can be changed. */
export interface AskedFor {
  readonly model: string;
  readonly maxOutputTokens: number | undefined;
  readonly tokensField: 'max_tokens' | 'max_completion_tokens';
  /** The request shows pictures. */
  readonly hasPictures: boolean;
}

/** A server's refusals of forms, remembered for each of its models as long as the process lives. */
export interface Adaptations {
  /** Makes a call in the known form, and again in another one when the server's refusal says which. */
  ask<Result>(asked: AskedFor, call: (forms: Forms) => Promise<Result>): Promise<Result>;
}

/** A server that refuses more forms than this in one call refuses something else. */
const MAX_CHANGES = 4;
const SMALLEST_ANSWER = 1024;

/** Adaptations that know nothing yet. */
export function createAdaptations(): Adaptations {
  const known = new Map<string, Forms>();
  return {
    async ask(asked, call) {
      let forms = known.get(asked.model) ?? {};
      for (let changes = 0; ; changes += 1) {
        try {
          return await call(forms);
        } catch (error) {
          const change = changes < MAX_CHANGES ? learn(error, asked, forms) : undefined;
          if (change === undefined) throw error;
          forms = { ...forms, ...change.forms };
          if (!change.isOnce)
            known.set(asked.model, { ...known.get(asked.model), ...change.forms });
        }
      }
    },
  };
}

interface Change {
  readonly forms: Forms;
  /** It holds for this conversation only. */
  readonly isOnce?: true;
}

/** The change that a refusal asks for; undefined when it asks for none that was not made already. */
function learn(error: unknown, asked: AskedFor, forms: Forms): Change | undefined {
  if (!(error instanceof ProviderError)) return undefined;
  const words = error.data['words'];
  const text = typeof words === 'string' ? words.toLowerCase() : '';
  const change = changeFor(error.kind, text, { asked, forms });
  if (change === undefined) return undefined;
  const isNew = Object.entries(change.forms).some(
    ([name, value]) => Object.entries(forms).find(([known]) => known === name)?.[1] !== value,
  );
  return isNew ? change : undefined;
}

interface Refused {
  readonly asked: AskedFor;
  readonly forms: Forms;
}

function changeFor(
  kind: ProviderErrorKind,
  text: string,
  { asked, forms }: Refused,
): Change | undefined {
  switch (kind) {
    case 'bad_request':
      return (
        pictureChange(ABOUT_PICTURES.test(text), text, { asked, forms }) ??
        outputChange(text, asked, forms) ??
        formChange(text, asked, forms)
      );
    case 'context_overflow':
      return outputChange(text, asked, forms);
    case 'model_gone':
      // None of a router's servers takes pictures.
      return pictureChange(text.includes('image'), text, { asked, forms });
    default:
      return undefined;
  }
}

const ABOUT_PICTURES = /image|vision|multi-?modal|picture|content/;
/** One picture is bad, but the model takes others. */
const DAMAGED =
  /could not process|invalid image|unable to (process|decode)|corrupt|failed to decode/;

function pictureChange(
  isMeant: boolean,
  text: string,
  { asked, forms }: Refused,
): Change | undefined {
  if (!isMeant || !asked.hasPictures || forms.noPictures === true) return undefined;
  return { forms: { noPictures: true }, ...(DAMAGED.test(text) ? { isOnce: true } : {}) };
}

const REFUSED =
  /unknown|unsupported|unrecognized|unexpected|not (supported|permitted|allowed|recognized|valid)|extra (input|field)|does(n't| not) support|cannot use/;
const DEMANDED = /missing|must be (passed|provided|present|included)|required|not be empty/;

function formChange(text: string, asked: AskedFor, forms: Forms): Change | undefined {
  if (text.includes('stream_options')) return { forms: { noStreamOptions: true } };
  const reasoning = reasoningChange(text);
  if (reasoning !== undefined) return { forms: { reasoning } };
  if (!REFUSED.test(text)) return undefined;
  const field = forms.tokensField ?? asked.tokensField;
  if (text.includes(field) && asked.maxOutputTokens !== undefined) {
    const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    return { forms: { tokensField: other } };
  }
  if (/response_format|json_schema/.test(text)) return { forms: { noReplySchema: true } };
  return /\bstream/.test(text) ? { forms: { noStream: true } } : undefined;
}

function reasoningChange(text: string): Forms['reasoning'] | undefined {
  const isNamed = /reasoning_content|thinking is enabled/.test(text);
  if (isNamed && DEMANDED.test(text)) return 'demanded';
  const isRefused = isNamed || /\breasoning(_details)?['"` ]/.test(text);
  return isRefused && REFUSED.test(text) ? 'refused' : undefined;
}

/** A smaller answer: by the model's own limit, which holds for good, or by what the conversation leaves of the window. */
function outputChange(text: string, asked: AskedFor, forms: Forms): Change | undefined {
  const wanted = forms.maxOutputTokens ?? asked.maxOutputTokens;
  if (wanted === undefined) return undefined;
  const sum = /(\d{1,9}) \+ (\d{1,9}) > (\d{1,9})/.exec(text);
  if (sum !== null) {
    const left = Number(sum[3]) - Number(sum[1]);
    return left >= SMALLEST_ANSWER && left < wanted
      ? { forms: { maxOutputTokens: left }, isOnce: true }
      : undefined;
  }
  if (
    !/max_(completion_|output_|new_)?tokens|maximum tokens you requested|output tokens/.test(text)
  )
    return undefined;
  if (/context (length|window|size)|prompt|messages/.test(text)) return undefined;
  const limits = [...text.matchAll(LIMITS)].map((match) => Number(match[1] ?? match[2]));
  const limit = limits.filter((each) => each > 0 && each < wanted).at(-1);
  return limit === undefined ? undefined : { forms: { maxOutputTokens: limit } };
}

const LIMITS =
  /(?:at most|less than or equal to|limit of|maximum(?: of| is|:)?|up to|<=?|>|≤|between 1 and) ?(\d{2,9})|\[\d{1,9}, ?(\d{2,9})\]/g;
