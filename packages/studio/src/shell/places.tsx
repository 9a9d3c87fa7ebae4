// The places of a workspace, in Azure ML studio's words: what the navigation and the palette both offer.

import {
  Beaker20Filled,
  Beaker20Regular,
  Box20Filled,
  Box20Regular,
  BoxMultiple20Filled,
  BoxMultiple20Regular,
  Database20Filled,
  Database20Regular,
  Home20Filled,
  Home20Regular,
  Server20Filled,
  Server20Regular,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';

export interface Place {
  readonly path: string;
  readonly title: string;
  readonly icon: ReactNode;
  readonly activeIcon: ReactNode;
}

export const PLACES: readonly { readonly group: string; readonly places: readonly Place[] }[] = [
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
  { group: 'Manage', places: [{ path: 'compute', title: 'Compute', icon: <Server20Regular />, activeIcon: <Server20Filled /> }] },
];
