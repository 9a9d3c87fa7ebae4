// The workspace of the page: its ARM id, its place in the studio's addresses, and the calls below it.

import { createContext, useContext } from 'react';

export const ML_API_VERSION = '2024-04-01';

export interface Workspace {
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
  /** ARM id. */
  readonly id: string;
  /** Path of its pages in the studio, without a trailing slash. */
  readonly home: string;
  /** Path of its part of the studio plane. */
  readonly api: string;
}

export function workspaceOf(subscription: string, group: string, name: string): Workspace {
  const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  return { subscription, group, name, id, home: `/workspaces/${subscription}/${group}/${name}`, api: `/api/studio${id}` };
}

/** A workspace from its ARM id (or the id of something below it); undefined when it is none. */
export function parseWorkspaceId(id: string): Workspace | undefined {
  const match = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)/i.exec(id);
  const [, subscription, group, name] = match ?? [];
  return subscription === undefined || group === undefined || name === undefined ? undefined : workspaceOf(subscription, group, name);
}

/** What kind of workspace it is, in words; '' for a plain one. */
export function kindWord({ kind }: { readonly kind?: string }): string {
  return KINDS[kind?.toLowerCase() ?? ''] ?? '';
}

const KINDS: Readonly<Record<string, string>> = { hub: 'Hub', project: 'Project', featurestore: 'Feature store' };

export const WorkspaceContext = createContext<Workspace | undefined>(undefined);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === undefined) throw new Error('This page belongs under a workspace.');
  return workspace;
}
