// describeSyntaxError: where a text stopped being JSON, in words that quote nothing of it.

/** What is wrong, and at which line and column. */
export function describeSyntaxError(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : 'unreadable';
  const at = faultPosition(message, text);
  if (at === undefined) return 'an unexpected character.';
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  // Why: the parser's own message quotes the text around the fault, and bodies carry secrets.
  const what = at >= text.length || /end of JSON/i.test(message) ? 'it ends too early' : 'an unexpected character';
  return `${what} at line ${line}, column ${column}.`;
}

const MOST_SEARCHED = 65_536;

/** Where the parser stopped. It says so of some faults; of an unexpected character it is looked for in texts of bearable length. */
function faultPosition(message: string, text: string): number | undefined {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (!message.startsWith('Unexpected token')) return text.length;
  if (text.length > MOST_SEARCHED) return undefined;
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUnexpectedIn(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return good;
}

/** Whether the text has a character that may not be there, rather than none or too few. */
function isUnexpectedIn(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Unexpected token');
  }
}
