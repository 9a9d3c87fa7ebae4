// The lines for pip: passed on word for word, after refusing what would read files that are not part of the environment.
// Source: the requirements file format of pip.

import { invalidEnvironment } from './faults.ts';

const OPTIONS = new Set('--index-url -i --extra-index-url --find-links -f --no-index --pre --prefer-binary --no-binary --only-binary --trusted-host --require-hashes --use-feature'.split(' '));

/** The lines as pip gets them. Throws `InvalidEnvironment` naming the first that is refused. */
export function checkPipLines(entries: readonly unknown[]): string[] {
  return entries.flatMap((entry) => {
    if (typeof entry !== 'string') throw invalidEnvironment(`An entry of the pip list must be a text such as mlflow==3.1 and is ${JSON.stringify(entry)}.`);
    return entry
      .split(/\r\n|[\n\r]/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(checkLine);
  });
}

function checkLine(line: string): string {
  if (line.startsWith('-')) {
    const option = /^(--[a-z-]+|-[a-zA-Z])/.exec(line)?.[1] ?? line;
    if (OPTIONS.has(option)) return line;
    const why = ['-r', '--requirement', '-c', '--constraint'].includes(option)
      ? 'the file it names is not part of the environment: write its lines into the pip list itself'
      : ['-e', '--editable'].includes(option)
        ? 'the environment is built apart from the code of a job: give a wheel, an absolute path or a URL'
        : `accepted options are ${[...OPTIONS].filter((name) => name.startsWith('--')).join(', ')}`;
    throw invalidEnvironment(`The pip line ${JSON.stringify(line)} is refused; ${why}.`);
  }
  if (/^\.{0,2}[/\\]?\.|^\.$/.test(line) && !line.startsWith('/')) {
    throw invalidEnvironment(`The pip line ${JSON.stringify(line)} is refused; a relative path means nothing here, because the environment is built apart from the code of a job.`);
  }
  return line;
}

/** Hides a user name and password in an address. */
export function maskCredentials(line: string): string {
  return line.replace(/:\/\/[^/\s@]+@/g, '://****@');
}
