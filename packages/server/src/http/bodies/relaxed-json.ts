// Relaxed JSON: what Resource Manager reads besides JSON: comments, names without quotes, single quotes, a comma at the end,
// texts over several lines. `az deployment` sends `template:{…}` with the template's own text, comments and all.
// Source: observed: azure-cli (JsonCTemplatePolicy); Azure docs, "Understand the structure of ARM templates", comments.

const WORD = /[A-Za-z_$][\w$.]*/y;

/** The same as strict JSON, for JSON.parse to judge. Each character is looked at once: the text is anybody's. */
export function strictJson(text: string): string {
  const parts: string[] = [];
  let comma = -1;
  let before = '';
  for (let at = 0; at < text.length; ) {
    const letter = text[at] ?? '';
    const end = endOf(text, at, letter);
    const isSpace = letter === ' ' || letter === '\n' || letter === '\r' || letter === '\t' || (letter === '/' && end > at + 1);
    if (!isSpace) {
      // A comma before a closing bracket is one too much.
      if ((letter === '}' || letter === ']') && comma >= 0) parts[comma] = '';
      comma = letter === ',' ? parts.length : -1;
    }
    // A bare word is a name only where a name can be.
    parts.push(isSpace ? ' ' : strictPiece(text.slice(at, end), letter, before === '{' || before === ','));
    if (!isSpace) before = letter;
    at = end;
  }
  return parts.join('');
}

/** Where the piece that begins here ends. */
function endOf(text: string, at: number, letter: string): number {
  if (letter === '"' || letter === "'") return endOfText(text, at, letter);
  if (letter === '/' && text[at + 1] === '/') return orEnd(text, text.indexOf('\n', at));
  if (letter === '/' && text[at + 1] === '*') return orEnd(text, text.indexOf('*/', at + 2) + 2, 1);
  WORD.lastIndex = at;
  return /[A-Za-z_$]/.test(letter) ? at + (WORD.exec(text)?.[0].length ?? 1) : at + 1;
}

function endOfText(text: string, at: number, quote: string): number {
  for (let index = at + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === quote) return index + 1;
  }
  return text.length;
}

function orEnd(text: string, found: number, none = -1): number {
  return found === none ? text.length : found;
}

function strictPiece(piece: string, letter: string, isName: boolean): string {
  if (letter === '"') return piece.replaceAll('\r\n', '\\n').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  if (letter === "'") return piece.length > 1 && piece.endsWith("'") ? JSON.stringify(piece.slice(1, -1).replaceAll("\\'", "'")) : piece;
  return isName && /[A-Za-z_$]/.test(letter) && piece !== 'true' && piece !== 'false' && piece !== 'null' ? JSON.stringify(piece) : piece;
}
