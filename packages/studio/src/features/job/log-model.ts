// A log as lines that can be reached by number, fed as bytes arrive. Text is kept in blocks as it came; a line is cut out
// only when it is shown. Like a terminal, a carriage return starts the line over, so progress bars stay one line.

import { plainText } from './ansi.ts';

interface Block {
  readonly text: string;
  /** Where each line of the block begins, and the end of the text. */
  readonly starts: Uint32Array;
  readonly firstLine: number;
}

/** A line longer than this is cut when shown: nobody reads it, and browsers suffer. */
const MAX_LINE = 10_000;

export class LogModel {
  readonly #blocks: Block[] = [];
  readonly #decoder = new TextDecoder('utf-8');
  /** The last line, as long as no newline has ended it. */
  #open = '';
  #closedLines = 0;
  #sizeBytes = 0;

  /** Bytes taken in so far: where to read on. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get lineCount(): number {
    return this.#closedLines + (this.#open === '' ? 0 : 1);
  }

  append(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.byteLength;
    const text = this.#open + this.#decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf('\n');
    this.#open = text.slice(end + 1);
    if (end < 0) return;
    const starts: number[] = [0];
    for (let at = text.indexOf('\n'); at >= 0 && at <= end; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#blocks.push({ text: text.slice(0, end + 1), starts: Uint32Array.from(starts), firstLine: this.#closedLines });
    this.#closedLines += starts.length - 1;
  }

  /** The line of that number, from 0, as a terminal would show it; '' beyond the end. */
  line(index: number): string {
    if (index === this.#closedLines) return shown(this.#open);
    const block = this.#blockOf(index);
    if (block === undefined) return '';
    const within = index - block.firstLine;
    return shown(block.text.slice(block.starts[within], (block.starts[within + 1] ?? 1) - 1));
  }

  /** Numbers of the lines from `from` on that contain the text, in any letter case; at most `limit`. */
  find(text: string, from = 0, limit = 100_000): number[] {
    const found: number[] = [];
    if (text === '') return found;
    const wanted = text.toLowerCase();
    for (const block of this.#blocks) {
      const lines = block.starts.length - 1;
      if (block.firstLine + lines <= from) continue;
      // Why: most blocks hold no match; one search in the whole block is far cheaper than one per line.
      if (!block.text.includes('\u001b') && !block.text.toLowerCase().includes(wanted)) continue;
      for (let i = Math.max(0, from - block.firstLine); i < lines; i += 1) {
        if (found.length >= limit) return found;
        if (
          plainText(this.line(block.firstLine + i))
            .toLowerCase()
            .includes(wanted)
        )
          found.push(block.firstLine + i);
      }
    }
    if (found.length < limit && this.#closedLines >= from && plainText(shown(this.#open)).toLowerCase().includes(wanted) && this.#open !== '') found.push(this.#closedLines);
    return found;
  }

  #blockOf(index: number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const block = this.#blocks[middle];
      if (block === undefined) return undefined;
      if (index < block.firstLine) high = middle - 1;
      else if (index >= block.firstLine + block.starts.length - 1) low = middle + 1;
      else return block;
    }
    return undefined;
  }
}

function shown(line: string): string {
  const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line;
  const last = trimmed.slice(trimmed.lastIndexOf('\r') + 1);
  return last.length > MAX_LINE ? `${last.slice(0, MAX_LINE)} … (${last.length - MAX_LINE} more characters)` : last;
}
