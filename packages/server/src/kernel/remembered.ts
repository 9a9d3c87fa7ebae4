// Remembered: answers that depend on a text alone and are asked for again and again.

export interface RememberOptions {
  /** With one more, all are forgotten: texts come from callers, and must not fill the memory. @default 2000 */
  readonly most?: number;
  /** Letters of the longest text whose answer is kept. */
  readonly longest?: number;
}

/** The same function, which looks once. What throws is looked at again. */
export function remembered<T>(look: (text: string) => T, { most = 2_000, longest = Number.POSITIVE_INFINITY }: RememberOptions = {}): (text: string) => T {
  const known = new Map<string, { readonly answer: T }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.answer;
    const answer = look(text);
    if (known.size >= most) known.clear();
    if (text.length <= longest) known.set(text, { answer });
    return answer;
  };
}
