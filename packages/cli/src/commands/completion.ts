// lazurite completion: the script that makes a shell complete commands and options.

import { type Command, Argument } from 'commander';
import { COMPLETION_SHELLS, renderCompletion } from '../completion.ts';
import { CommandError } from '../exit-status.ts';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(COMPLETION_SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(lazurite completion bash)                                  # in ~/.bashrc\n  source <(lazurite completion zsh)                                   # in ~/.zshrc, after compinit\n  lazurite completion fish > ~/.config/fish/completions/lazurite.fish',
    )
    .action((text: string) => {
      const shell = COMPLETION_SHELLS.find((known) => known === text);
      if (shell === undefined) throw new CommandError(`There is no completion for ${text}.`, 2);
      process.stdout.write(renderCompletion(program, shell));
    });
}
