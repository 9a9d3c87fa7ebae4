// The places of a workspace, in Azure ML studio's words: what the navigation and the palette both offer.

import {
  Beaker20Filled,
  Beaker20Regular,
  Box20Filled,
  Box20Regular,
  BoxMultiple20Filled,
  BoxMultiple20Regular,
  Database20Filled,
  Delete20Filled,
  Delete20Regular,
  Folder20Filled,
  Folder20Regular,
  Globe20Filled,
  Globe20Regular,
  Grid20Filled,
  Grid20Regular,
  Database20Regular,
  Home20Filled,
  Home20Regular,
  Server20Filled,
  Server20Regular,
  Settings20Filled,
  Settings20Regular,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';

export interface Place {
  readonly path: string;
  readonly title: string;
  readonly icon: ReactNode;
  readonly activeIcon: ReactNode;
}

export interface PlaceGroup {
  readonly group: string;
  readonly places: readonly Place[];
}

/** Above the workspaces. */
export const HOME_PLACES: readonly PlaceGroup[] = [
  {
    group: '',
    places: [
      { path: '', title: 'Workspaces', icon: <Globe20Regular />, activeIcon: <Globe20Filled /> },
      { path: 'groups', title: 'Resource groups', icon: <Folder20Regular />, activeIcon: <Folder20Filled /> },
      { path: 'resources', title: 'All resources', icon: <Grid20Regular />, activeIcon: <Grid20Filled /> },
      { path: 'deleted', title: 'Recently deleted', icon: <Delete20Regular />, activeIcon: <Delete20Filled /> },
    ],
  },
];

export const PLACES: readonly PlaceGroup[] = [
  { group: '', places: [{ path: '', title: 'Home', icon: <Home20Regular />, activeIcon: <Home20Filled /> }] },
  {
    group: 'Assets',
    places: [
      { path: 'data', title: 'Data', icon: <Database20Regular />, activeIcon: <Database20Filled /> },
      { path: 'jobs', title: 'Jobs', icon: <Beaker20Regular />, activeIcon: <Beaker20Filled /> },
      { path: 'environments', title: 'Environments', icon: <BoxMultiple20Regular />, activeIcon: <BoxMultiple20Filled /> },
      { path: 'models', title: 'Models', icon: <Box20Regular />, activeIcon: <Box20Filled /> },
    ],
  },
  {
    group: 'Manage',
    places: [
      { path: 'compute', title: 'Compute', icon: <Server20Regular />, activeIcon: <Server20Filled /> },
      { path: 'settings', title: 'Settings', icon: <Settings20Regular />, activeIcon: <Settings20Filled /> },
    ],
  },
];
