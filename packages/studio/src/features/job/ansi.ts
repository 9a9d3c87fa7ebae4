// ANSI colours of one log line: SGR sequences become spans, every other escape is dropped.
// Source: ECMA-48 §8.3.117 (SGR).

export interface Span {
  readonly text: string;
  /** 0 to 15, absent for the default. Colours of 256 and 24 bits are brought to the nearest of these. */
  readonly color?: number;
  readonly isBold?: boolean;
  readonly isFaint?: boolean;
}

// oxlint-disable-next-line no-control-regex -- escapes are what this is about
const ESCAPE = /\u001b(?:\[([0-9;:]*)m|\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** The line without any escape. */
export function plainText(line: string): string {
  return line.includes('\u001b') ? line.replace(ESCAPE, '') : line;
}

export function ansiSpans(line: string): readonly Span[] {
  if (!line.includes('\u001b')) return [{ text: line }];
  const spans: Span[] = [];
  let style: Omit<Span, 'text'> = {};
  let position = 0;
  for (const match of line.matchAll(ESCAPE)) {
    if (match.index > position) spans.push({ text: line.slice(position, match.index), ...style });
    position = match.index + match[0].length;
    if (match[1] !== undefined) style = applyCodes(style, match[1]);
  }
  if (position < line.length) spans.push({ text: line.slice(position), ...style });
  return spans;
}

function applyCodes(style: Omit<Span, 'text'>, parameters: string): Omit<Span, 'text'> {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)));
  let { color, isBold = false, isFaint = false } = style;
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0;
    if (code === 0) [color, isBold, isFaint] = [undefined, false, false];
    else if (code === 1) isBold = true;
    else if (code === 2) isFaint = true;
    else if (code === 22) [isBold, isFaint] = [false, false];
    else if (code >= 30 && code <= 37) color = code - 30;
    else if (code >= 90 && code <= 97) color = code - 82;
    else if (code === 39) color = undefined;
    else if (code === 38 && codes[i + 1] === 5) {
      color = nearestOf256(codes[i + 2] ?? 7);
      i += 2;
    } else if (code === 38 && codes[i + 1] === 2) {
      color = nearest(codes[i + 2] ?? 0, codes[i + 3] ?? 0, codes[i + 4] ?? 0);
      i += 4;
    } else if (code === 48) i += codes[i + 1] === 5 ? 2 : 4;
  }
  return { ...(color === undefined ? {} : { color }), ...(isBold ? { isBold } : {}), ...(isFaint ? { isFaint } : {}) };
}

function nearestOf256(index: number): number {
  if (index < 16) return index;
  if (index >= 232) return index < 238 ? 8 : index < 248 ? 7 : 15;
  const cube = index - 16;
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): number {
  const brightest = Math.max(red, green, blue);
  const isOn = (part: number): number => (part > brightest * 0.6 && brightest > 60 ? 1 : 0);
  const hue = isOn(red) + 2 * isOn(green) + 4 * isOn(blue);
  return brightest > 190 ? hue + 8 : hue;
}
