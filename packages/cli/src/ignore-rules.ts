// IgnoreRules: which files of a folder stay behind, from its .amlignore, else its .gitignore.
// Source: gitignore(5); contracts/azure-ai-ml.md §3.3.

interface Rule {
  readonly pattern: RegExp;
  readonly isNegated: boolean;
  readonly isFolderOnly: boolean;
}

/** True for a path (forward slashes, below the root) that the rules leave out. The last rule that fits decides. */
export type IgnoreRules = (path: string, isFolder: boolean) => boolean;

export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?<!\\)\s+$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseRule);
  return (path, isFolder) => {
    let isIgnored = false;
    for (const rule of rules) if ((isFolder || !rule.isFolderOnly) && rule.pattern.test(path)) isIgnored = !rule.isNegated;
    return isIgnored;
  };
}

function parseRule(line: string): Rule {
  const isNegated = line.startsWith('!');
  const body = (isNegated ? line.slice(1) : line).replace(/^\\(?=[#!])/, '');
  const isFolderOnly = body.endsWith('/');
  const path = isFolderOnly ? body.slice(0, -1) : body;
  const isAnchored = path.includes('/');
  return { pattern: new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${translate(path.replace(/^\//, ''))}$`), isNegated, isFolderOnly };
}

function translate(glob: string): string {
  return glob.replaceAll(/\*\*\/|\/\*\*$|\*\*|\*|\?|\[!?[^\]]+\]|\\.|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '/**') return '/.*';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 2 && token.startsWith('[')) return `[${token.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    return `\\${token.at(-1)}`;
  });
}
