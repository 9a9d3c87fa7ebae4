// Completion scripts for bash, zsh and fish, made from the commands themselves, so that they never differ from them.

import type { Command, Option } from 'commander';

export const COMPLETION_SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof COMPLETION_SHELLS)[number];

interface Level {
  /** Words before it, such as `job submit`; empty on the first level. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly Option[];
}

export function renderCompletion(program: Command, shell: CompletionShell): string {
  const levels = levelsOf(program, []);
  switch (shell) {
    case 'bash':
      return bash(levels);
    case 'zsh':
      return `#compdef lazurite\nautoload -U +X bashcompinit && bashcompinit\n${bash(levels)}`;
    case 'fish':
      return fish(levels);
  }
}

function levelsOf(command: Command, words: readonly string[]): readonly Level[] {
  const commands = command.commands.map((child) => ({ name: child.name(), description: child.description() }));
  return [{ path: words.join(' '), commands, options: command.options }, ...command.commands.flatMap((child) => levelsOf(child, [...words, child.name()]))];
}

function flagsOf(option: Option): readonly string[] {
  return [option.long, option.short].filter((flag) => flag !== undefined && flag !== null);
}

function bash(levels: readonly Level[]): string {
  const words = levels.map(({ path, commands, options }) => `    '${path}') words='${[...commands.map(({ name }) => name), ...options.map((option) => option.long ?? ''), '--help'].join(' ')}' ;;`);
  const choices = new Map<string, readonly string[]>();
  for (const option of levels.flatMap(({ options }) => options)) for (const flag of flagsOf(option)) if (option.argChoices !== undefined) choices.set(flag, option.argChoices);
  const values = [...choices].map(([flag, names]) => `    ${flag}) COMPREPLY=($(compgen -W '${names.join(' ')}' -- "$current")); return ;;`);
  const names = levels.flatMap(({ commands }) => commands.map(({ name }) => name));
  return `_lazurite() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      --) return ;;
      ${[...new Set(names)].join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$before" in
${values.join('\n')}
    --data-dir|--path|-p) COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  case "$path" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _lazurite lazurite
`;
}

function fish(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, commands, options }) => {
    const nested = commands.map(({ name }) => name).join(' ');
    const seen = path
      .split(' ')
      .filter(Boolean)
      .map((word) => `__fish_seen_subcommand_from ${word}`);
    const isHere = seen.length === 0 ? '__fish_use_subcommand' : [...seen, ...(nested === '' ? [] : [`not __fish_seen_subcommand_from ${nested}`])].join('; and ');
    return [
      ...commands.map(({ name, description }) => `complete -c lazurite -f -n ${quote(isHere)} -a ${name} -d ${quote(description)}`),
      ...options.map((option) => {
        const short = option.short === undefined || option.short === null ? '' : ` -s ${option.short.slice(1)}`;
        const value = option.argChoices === undefined ? (option.required ? ' -r' : '') : ` -x -a ${quote(option.argChoices.join(' '))}`;
        return `complete -c lazurite -n ${quote(isHere)} -l ${(option.long ?? '').slice(2)}${short}${value} -d ${quote(option.description)}`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
