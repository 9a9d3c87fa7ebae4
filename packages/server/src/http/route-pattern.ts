// RoutePattern: a Fastify path pattern matched by hand: for the wildcard as it was sent, and to tell 405 from 404.

/** What `*` stands for, still percent-encoded. `rawPath` matched the pattern already. */
export function rawWildcard(pattern: string, rawPath: string): string {
  const slashes = pattern.slice(0, pattern.indexOf('*')).split('/').length - 1;
  let from = 0;
  for (let i = 0; i < slashes; i += 1) {
    const next = rawPath.indexOf('/', from);
    if (next < 0) return '';
    from = next + 1;
  }
  return rawPath.slice(from);
}

/** A test of paths for a pattern: static segments in any letter case, a final slash allowed. */
export function patternMatcher(pattern: string): (rawPath: string) => boolean {
  const source = pattern
    .split('/')
    .map((segment) =>
      segment === '*'
        ? '.*'
        : segment
            .split(/(?<!:):(?!:)\w+(?:\([^)]*\))?/)
            .map((part) => part.replaceAll('::', ':').replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
            .join('[^/]+'),
    )
    .join('/');
  const expression = new RegExp(`^${source}/?$`, 'i');
  return (rawPath) => expression.test(rawPath);
}

/** How many leading static segments of the pattern the path shares. */
export function sharedSegments(pattern: string, rawPath: string): number {
  const path = rawPath.toLowerCase().split('/').filter(Boolean);
  const segments = pattern.toLowerCase().split('/').filter(Boolean);
  let count = 0;
  while (count < segments.length && segments[count] === path[count] && !/[:*]/.test(segments[count] ?? ':')) count += 1;
  return count;
}
