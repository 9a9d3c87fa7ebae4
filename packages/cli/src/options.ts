// Options that several commands share, with the same words everywhere.

import { loadSettings } from '@lazurite/server/config/settings.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OUTPUT_FORMATS, type OutputOptions } from './render/output.ts';

export interface FolderOptions {
  readonly dataDir?: string;
}

export interface WorkspaceOptions extends FolderOptions {
  readonly resourceGroup?: string;
  readonly workspace?: string;
}

export interface WorkspaceOutputOptions extends WorkspaceOptions, OutputOptions {}

export function dataDirOption(): Option {
  return new Option('--data-dir <folder>', 'data folder of the server (default $LAZURITE_DATA_DIR, else ~/.lazurite)');
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'form of the data on standard output').choices(OUTPUT_FORMATS).default('table');
}

export function queryOption(): Option {
  return new Option('--query <jmespath>', 'narrow the data, as in az');
}

/** Adds --resource-group and --workspace; without them the only workspace there is is meant. */
export function addWorkspaceOptions(command: Command): Command {
  return command
    .addOption(new Option('-g, --resource-group <name>', 'resource group of the workspace').env('LAZURITE_RESOURCE_GROUP'))
    .addOption(new Option('-w, --workspace <name>', 'workspace; not needed where there is only one').env('LAZURITE_WORKSPACE'));
}

export function dataDirOf(options: FolderOptions): string {
  return loadSettings(options.dataDir === undefined ? {} : { dataDir: options.dataDir }).dataDir;
}

/** What a command to try next has to add so that it means the same server: nothing for the folder meant anyway. */
export function folderWords(dataDir: string): string {
  return dataDir === dataDirOf({}) ? '' : ` --data-dir ${dataDir}`;
}

/** A whole number from 1 on. */
export function positiveNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 on.');
  return Number(text);
}
