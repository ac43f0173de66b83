const MARK = '[redacted:private-key]';
const BEGIN = '-----BEGIN ';
const HEADER_END = 'PRIVATE KEY-----';
const FOOTER = '-----END ';
/** Letters between the dashes of a header at most, as in `ENCRYPTED`. */
const LONGEST_LABEL = 40;
/** A key is not looked for beyond this, so that one header without an end costs little. */
const LONGEST_BODY = 20_000;
/** Base64 in a row that is no word of a sentence. */
const LONG_RUN = /[A-Za-z0-9+/=]{24}/;
/** Body of a small key, on lines of its own. Escaped line breaks are those of a key inside a JSON or source string. */
const SHORT_BODY = /^(?:\r?\n|\\r|\\n)+[A-Za-z0-9+/=]{4}[A-Za-z0-9+/=\r\n\\]*$/;
/** A body whose end is missing: only what cannot be prose. */
const OPEN_BODY = /(?:[ \t\r\n]|\\[nrt])*[A-Za-z0-9+/=]{24}[A-Za-z0-9+/=\r\n\\ \t]*/y;

/**
 * The text without private keys in PEM form. A header counts only when a key stands behind it: people, models and scanners
 * write bare headers, and those say nothing secret. Linear in the length of the text.
 */
export function redactPrivateKeys(text: string): string {
  let result = '';
  let copied = 0;
  for (const { start, bodyStart, limit } of headers(text)) {
    if (start < copied) continue;
    const end = endOfKey(text, bodyStart, limit);
    if (end === undefined) continue;
    result += text.slice(copied, start) + MARK;
    copied = end;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

interface Header {
  readonly start: number;
  readonly bodyStart: number;
  /** Where the next header begins, or the search ends. */
  readonly limit: number;
}

function* headers(text: string): Generator<Header> {
  let start = text.indexOf(BEGIN);
  while (start >= 0) {
    const next = text.indexOf(BEGIN, start + BEGIN.length);
    const label = text.slice(start + BEGIN.length, start + BEGIN.length + LONGEST_LABEL);
    const at = label.indexOf(HEADER_END);
    if (at >= 0 && /^[A-Z0-9 ]*$/.test(label.slice(0, at))) {
      const bodyStart = start + BEGIN.length + at + HEADER_END.length;
      const limit = Math.min(next < 0 ? text.length : next, bodyStart + LONGEST_BODY);
      yield { start, bodyStart, limit };
    }
    start = next;
  }
}

/** Where the key ends; undefined when there is none behind the header. */
function endOfKey(text: string, bodyStart: number, limit: number): number | undefined {
  const body = text.slice(bodyStart, limit);
  const footer = body.indexOf(FOOTER);
  if (footer >= 0) {
    const inner = body.slice(0, footer);
    if (!LONG_RUN.test(inner) && !SHORT_BODY.test(inner)) return undefined;
    const close = body.indexOf('-----', footer + FOOTER.length);
    return bodyStart + (close < 0 ? footer : close + 5);
  }
  OPEN_BODY.lastIndex = 0;
  const open = OPEN_BODY.exec(body);
  return open === null ? undefined : bodyStart + open[0].length;
}
