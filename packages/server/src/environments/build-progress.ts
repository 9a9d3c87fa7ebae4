// Progress of an installer, read from what it prints. Source: observed: pip 23 to 26, uv 0.11 to 0.13.

export interface BuildProgress {
  readonly phase: 'preparing' | 'resolving' | 'downloading' | 'installing' | 'done';
  /** How many packages so far in this phase. */
  readonly count: number;
  /** How many there will be, where the installer says so. */
  readonly total?: number;
  /** The package it is at. */
  readonly item?: string;
}

/** Feeds on lines; returns the progress when the line says something new. */
export function createProgressReader(): (line: string) => BuildProgress | undefined {
  let collected = 0;
  let downloaded = 0;
  let total: number | undefined;
  return (line) => {
    const collecting = /^Collecting (\S+)/.exec(line);
    if (collecting !== null) {
      collected += 1;
      return progress('resolving', collected, undefined, collecting[1]);
    }
    const resolved = /^Resolved (\d+) packages?/.exec(line);
    if (resolved !== null) {
      total = Number(resolved[1]);
      return progress('resolving', total, total);
    }
    const download = /^\s*(?:Downloading|Using cached) (\S+)/.exec(line);
    if (download !== null) {
      downloaded += 1;
      return progress('downloading', downloaded, total, download[1]?.split('/').at(-1));
    }
    const installing = /^Installing collected packages: (.*)$/.exec(line);
    if (installing !== null) {
      total = installing[1]?.split(',').length ?? 0;
      return progress('installing', 0, total);
    }
    const prepared = /^Prepared (\d+) packages?/.exec(line);
    if (prepared !== null) return progress('installing', 0, total ?? Number(prepared[1]));
    const installed = /^(?:Installed (\d+) packages?|Successfully installed (.*))/.exec(line);
    if (installed !== null) {
      const count = installed[1] === undefined ? (installed[2]?.split(' ').length ?? 0) : Number(installed[1]);
      return progress('installing', count, count);
    }
    return undefined;
  };
}

function progress(phase: BuildProgress['phase'], count: number, total: number | undefined, item?: string): BuildProgress {
  return { phase, count, ...(total === undefined ? {} : { total }), ...(item === undefined ? {} : { item }) };
}
