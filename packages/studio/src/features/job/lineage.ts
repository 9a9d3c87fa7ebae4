// What a job used: read from its definition's references.
// Source: contracts/azureml-jobs.md §2.

import type { JobDefinition } from '../../api/types.ts';
import type { Workspace } from '../../api/workspace.ts';

export interface Used {
  readonly kind: 'code' | 'environment' | 'data' | 'model' | 'job' | 'compute' | 'link';
  /** `name:version`, a path, an address. */
  readonly label: string;
  /** Its page in the studio, where there is one. */
  readonly to?: string;
}

/** A reference of any of the written forms as something to show and, where possible, to open. */
export function parseReference(workspace: Workspace, reference: string): Used {
  const text = reference.replace(/^azureml:(?!\/\/)/, '');
  const asset = /\/(models|data|environments|codes)\/([^/]+)\/versions\/([^/]+)$/i.exec(text);
  if (asset !== null) {
    const [, plural = '', name = '', version = ''] = asset;
    const kind = KINDS[plural.toLowerCase()] ?? 'link';
    // Why: what clients register for one job alone has a made-up name and a hash for a version.
    const isUnnamed = name === 'CliV2AnonymousEnvironment';
    const label = kind === 'code' ? `${name.slice(0, 8)}:${version}` : isUnnamed ? `unnamed:${version.slice(0, 8)}` : `${name}:${version}`;
    return kind === 'code' ? { kind, label } : { kind, label, to: `${workspace.home}/${plural.toLowerCase()}/${name}` };
  }
  const job = /^azureml:\/\/jobs\/([^/]+)\/outputs\/(.+)$/.exec(text) ?? /^runs:\/([^/]+)\/(.+)$/.exec(text);
  if (job !== null) return { kind: 'job', label: `${job[1]} / ${job[2]?.replace(/\/paths\/?/, '/')}`, to: `${workspace.home}/jobs/${job[1]}` };
  const store = /^azureml:\/\/.*?datastores\/([^/]+)\/paths\/(.*)$/.exec(text);
  if (store !== null) return { kind: 'data', label: `${store[1]}/${store[2]}` };
  return { kind: 'link', label: text };
}

const KINDS: Readonly<Record<string, Used['kind']>> = { models: 'model', data: 'data', environments: 'environment', codes: 'code' };

/** Everything the job was made from, each once. */
export function assetsUsed(workspace: Workspace, definition: JobDefinition | null): readonly Used[] {
  const used: Used[] = [];
  if (definition?.codeId) used.push({ ...parseReference(workspace, definition.codeId), kind: 'code', label: 'snapshot' });
  if (definition?.environmentId) used.push(parseReference(workspace, definition.environmentId));
  for (const input of Object.values(definition?.inputs ?? {})) {
    if (input.uri !== undefined && input.uri !== null) used.push(parseReference(workspace, input.uri));
  }
  return [...new Map(used.map((each) => [`${each.kind} ${each.label}`, each])).values()];
}
