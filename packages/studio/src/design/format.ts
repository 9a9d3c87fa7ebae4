// Times, durations, sizes and numbers as people read them: always with a unit.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `just now`, `4 min ago`, `yesterday`, `12 Mar`, `12 Mar 2024`; `in 4 min` for what is to come. */
export function relativeTime(at: number, now: number): string {
  const ago = now - at;
  const distance = Math.abs(ago);
  const said = (text: string): string => (ago >= 0 ? `${text} ago` : `in ${text}`);
  if (distance < 10_000) return 'just now';
  if (distance < MINUTE) return said(`${Math.floor(distance / 1000)} s`);
  if (distance < HOUR) return said(`${Math.floor(distance / MINUTE)} min`);
  if (distance < DAY) return said(`${Math.floor(distance / HOUR)} h`);
  if (distance < 7 * DAY) return said(`${Math.floor(distance / DAY)} d`);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
}

/** Date, time to the second and zone. */
export function absoluteTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}

/** `< 0.1 s`, `0.4 s`, `38 s`, `4 min 12 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms <= 0) return '0 s';
  if (ms < 95) return '< 0.1 s';
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A duration in ISO 8601's form, as Azure writes it (`PT15M`, `PT900S`, `P1DT2H`), as people read it; another text as it is. */
export function isoDuration(text: string): string {
  const match = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (match === null) return text;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = days * DAY + hours * HOUR + minutes * MINUTE + seconds * 1000;
  return duration(ms).replace(/(\d (?:d|h|min)) 0?0 (?:h|min|s)$/, '$1');
}

/** `0 B`, `912 B`, `1.4 KiB`, `23 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A metric's value: up to five significant digits, exponents where they help. */
export function metricValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e7 || magnitude < 1e-4)) return value.toExponential(3);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return String(Number(value.toPrecision(5)));
}

/** `1 job`, `12 jobs`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
