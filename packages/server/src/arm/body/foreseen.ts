// Foreseen: a body made of what is not there yet. What its type looks up (`prepare`) is left out of its check.

export interface Foreseen {
  /** Dotted paths (`properties.keys.one`) whose values are not known. What is wrong at, above or below them is not told. */
  readonly unknown: readonly string[];
}

/** Whether something said of the target may be said of one of the paths: it is at it, above or below. */
export function touches(paths: readonly string[], target: string | undefined): boolean {
  return target !== undefined && paths.some((path) => `${path}.`.startsWith(`${target}.`) || `${target}.`.startsWith(`${path}.`));
}
