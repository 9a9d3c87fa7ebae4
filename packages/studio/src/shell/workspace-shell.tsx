// A workspace's frame: navigation at the left, live changes underneath, the page on its sheet.

import { useMemo } from 'react';
import { useParams } from 'react-router';
import { useLiveQueries, useLiveWorkspace } from '../api/live.ts';
import { useWorkspace, WorkspaceContext, workspaceOf } from '../api/workspace.ts';
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
  return <SideFrame label={`Workspace ${workspace.name}`} base={workspace.home} groups={PLACES} />;
}
