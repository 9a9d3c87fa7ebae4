// The frame above the workspaces: workspaces, groups, every other resource, what was deleted.

import { HOME_PLACES } from './places.tsx';
import { SideFrame } from './side-frame.tsx';

export function HomeShell() {
  return <SideFrame label="All resources of this server" base="" groups={HOME_PLACES} />;
}
