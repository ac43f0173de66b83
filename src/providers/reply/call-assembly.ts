import { ProviderError } from '../failures/errors.js';
import { createJsonScan, type JsonScan } from './json-text.js';

/** A piece of a tool call as a server sends it; empty texts and a null index say nothing. */
export interface CallPiece {
  readonly index: number | null;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** Fields that this wire does not know, to be sent back. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A tool call as it was put together. */
export interface RawCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** The newest piece of the arguments: servers that send growing snapshots have everything in it. */
  readonly lastPart?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Puts pieces of calls together. */
export interface CallAssembly {
  /** Takes a piece in; returns the characters of arguments that it brought. */
  add(piece: CallPiece): number;
  /** The calls in the order in which they began. */
  finish(): RawCall[];
}

interface OpenCall {
  id: string;
  name: string;
  readonly index: number | null;
  readonly parts: string[];
  readonly scan: JsonScan;
  readonly extra: Record<string, unknown>;
}

/** More calls in one answer are a broken server. */
const MAX_CALLS = 256;

/**
 * An assembly that believes, in this order, a known id, a name that begins something new, and the index: servers number
 * every call 0, number from 1, number each piece, leave index or id out, or repeat an id.
 */
export function createCallAssembly(): CallAssembly {
  const calls: OpenCall[] = [];
  const byIndex = new Map<number, OpenCall>();

  const begin = (piece: CallPiece): OpenCall => {
    if (calls.length === MAX_CALLS) {
      throw new ProviderError('malformed', {
        message: `the server sent more than ${MAX_CALLS} tool calls in one answer`,
      });
    }
    const { id, name, index } = piece;
    const call = { id, name, index, parts: [], scan: createJsonScan(), extra: {} };
    calls.push(call);
    return call;
  };
  const place = (piece: CallPiece): OpenCall => {
    const known = piece.id === '' ? undefined : calls.findLast((call) => call.id === piece.id);
    if (known !== undefined) return repeatsId(known, piece) ? begin(piece) : known;
    const indexed = piece.index === null ? undefined : byIndex.get(piece.index);
    // A piece without a name under a new number goes on with the call that is being written.
    const open = indexed ?? (piece.index === null || piece.name === '' ? calls.at(-1) : undefined);
    return open !== undefined && continues(open, piece) ? open : begin(piece);
  };

  return {
    add(piece) {
      const isEmpty = piece.id === '' && piece.name === '' && piece.arguments === '';
      if (isEmpty && calls.length === 0) return 0;
      const call = place(piece);
      if (piece.index !== null) byIndex.set(piece.index, call);
      if (call.id === '') call.id = piece.id;
      if (call.name === '') call.name = piece.name;
      else if (isRestOfName(call, piece)) call.name += piece.name;
      Object.assign(call.extra, piece.extra);
      if (piece.arguments !== '') call.parts.push(piece.arguments);
      for (let at = 0; at < piece.arguments.length; at += 1)
        call.scan.feed(piece.arguments.charCodeAt(at));
      return piece.arguments.length;
    },
    finish: () =>
      calls
        .map((call) => ({
          id: call.id,
          name: call.name.trim(),
          arguments: call.parts.join(''),
          lastPart: call.parts.at(-1) ?? '',
          extra: call.extra,
        }))
        .filter((call) => call.name !== '' || call.arguments.trim() !== ''),
  };
}

/** The same id for another call: a new number or name after the first one was whole. */
function repeatsId(known: OpenCall, piece: CallPiece): boolean {
  if (piece.name === '' || !known.scan.isWhole) return false;
  const isElsewhere = piece.index !== null && piece.index !== known.index;
  return isElsewhere || piece.name !== known.name;
}

function continues(open: OpenCall, piece: CallPiece): boolean {
  const isOther = piece.id !== '' && open.id !== '' && piece.id !== open.id;
  // Some servers give each piece an id of its own; then only a half call can go on.
  if (isOther) {
    const isHalf = open.parts.length > 0 && !open.scan.isWhole;
    return piece.name === '' ? !open.scan.isWhole : piece.name === open.name && isHalf;
  }
  if (piece.name === '' || open.name === '') return true;
  if (piece.name === open.name) return !open.scan.isWhole || piece.arguments === '';
  return isRestOfName(open, piece);
}

/** A name in two pieces, before anything of the arguments. */
function isRestOfName(open: OpenCall, piece: CallPiece): boolean {
  const isEarly = open.parts.length === 0 && piece.arguments === '' && piece.id === '';
  return isEarly && piece.name !== '' && piece.name !== open.name && piece.index === open.index;
}
