// A workspace's frame: navigation at the left, live changes underneath, the page on its sheet.

import { Search24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useParams } from 'react-router';
import { ApiError } from '../api/client.ts';
import { useLiveQueries, useLiveWorkspace } from '../api/live/live-workspace.ts';
import { workspaceQuery } from '../api/queries.ts';
import { useWorkspace, type Workspace, WorkspaceContext, workspaceOf } from '../api/workspace.ts';
import { Link } from '../design/link.tsx';
import { EmptyState } from '../design/states.tsx';
import { PLACES } from './places.tsx';
import { SideFrame } from './side-frame.tsx';

export function WorkspaceShell() {
  const { subscription = '', group = '', workspace: name = '' } = useParams();
  const workspace = useMemo(() => workspaceOf(subscription, group, name), [subscription, group, name]);
  return (
    <WorkspaceContext.Provider value={workspace}>
      <Frame />
    </WorkspaceContext.Provider>
  );
}

function Frame() {
  const workspace = useWorkspace();
  useLiveWorkspace(workspace);
  useLiveQueries(workspace);
  const { error } = useQuery(workspaceQuery(workspace));
  const isMissing = error instanceof ApiError && error.status === 404;
  return <SideFrame label={`Workspace ${workspace.name}`} base={workspace.home} groups={PLACES} {...(isMissing ? { instead: <NoWorkspace workspace={workspace} /> } : {})} />;
}

function NoWorkspace({ workspace }: { readonly workspace: Workspace }) {
  useEffect(() => {
    document.title = 'Not found · Lazurite';
  }, []);
  return (
    <EmptyState icon={<Search24Regular />} title="There is no such workspace">
      The resource group <strong>{workspace.group}</strong> has no workspace <strong>{workspace.name}</strong>. It may have been <Link to="/deleted">deleted lately</Link>, or is among{' '}
      <Link to="/">all workspaces</Link>.
    </EmptyState>
  );
}
