// Which tabs a resource has: those of its type first, then what every resource has. Loaded when they are first opened.

import { type ComponentType, lazy } from 'react';
import { findType, type TypeDescriptor } from '../../api/resource-types.ts';
import type { TabProps } from './subject.ts';

export interface ResourceTab {
  readonly id: string;
  readonly title: string;
  /** It scrolls inside. */
  readonly isFlush?: boolean;
  readonly Content: ComponentType<TabProps>;
}

const OVERVIEW = { id: 'overview', title: 'Overview', Content: lazy(() => import('./overview-tab.tsx').then((module) => ({ default: module.OverviewTab }))) };
const CONTENTS = { id: 'contents', title: 'Contents', isFlush: true, Content: lazy(() => import('./contents-tab.tsx').then((module) => ({ default: module.ContentsTab }))) };
const PROPERTIES = { id: 'properties', title: 'Properties', Content: lazy(() => import('./properties-tab.tsx').then((module) => ({ default: module.PropertiesTab }))) };
const ACCESS = { id: 'access', title: 'Access', Content: lazy(() => import('../access/access-tab.tsx').then((module) => ({ default: module.AccessTab }))) };
const ACTIVITY = { id: 'activity', title: 'Activity', Content: lazy(() => import('./activity-tab.tsx').then((module) => ({ default: module.ActivityTab }))) };
const OPERATIONS = { id: 'operations', title: 'Operations', Content: lazy(() => import('./operations-tab.tsx').then((module) => ({ default: module.OperationsTab }))) };
const LOCKS = { id: 'locks', title: 'Locks', Content: lazy(() => import('./locks-tab.tsx').then((module) => ({ default: module.LocksTab }))) };
const TAGS = { id: 'tags', title: 'Tags', Content: lazy(() => import('./tags-tab.tsx').then((module) => ({ default: module.TagsTab }))) };
const JSON_VIEW = { id: 'json', title: 'JSON', Content: lazy(() => import('./json-tab.tsx').then((module) => ({ default: module.JsonTab }))) };

const WORKSPACE: readonly ResourceTab[] = [
  { id: 'overview', title: 'Overview', Content: lazy(() => import('../workspace/overview-tab.tsx').then((module) => ({ default: module.WorkspaceOverviewTab }))) },
  { id: 'keys', title: 'Keys', Content: lazy(() => import('../workspace/keys-tab.tsx').then((module) => ({ default: module.KeysTab }))) },
  { id: 'networking', title: 'Networking', Content: lazy(() => import('../workspace/networking-tab.tsx').then((module) => ({ default: module.NetworkingTab }))) },
  { id: 'encryption', title: 'Encryption', Content: lazy(() => import('../workspace/encryption-tab.tsx').then((module) => ({ default: module.EncryptionTab }))) },
];
const DEPLOYMENT: ResourceTab = { id: 'overview', title: 'Overview', Content: lazy(() => import('../deployments/deployment-tab.tsx').then((module) => ({ default: module.DeploymentTab }))) };
const HISTORY: ResourceTab = { id: 'deployments', title: 'Deployments', Content: lazy(() => import('../deployments/deployments-tab.tsx').then((module) => ({ default: module.DeploymentsTab }))) };
const DIAGNOSE: ResourceTab = { id: 'diagnose', title: 'Diagnose', Content: lazy(() => import('../workspace/diagnose-tab.tsx').then((module) => ({ default: module.DiagnoseTab }))) };

export function tabsFor(type: TypeDescriptor, types: readonly TypeDescriptor[]): readonly ResourceTab[] {
  const isWorkspace = type.type.toLowerCase() === 'microsoft.machinelearningservices/workspaces';
  const isContainer = type.path !== null;
  const hasChildren = isContainer || types.some((each) => each.parent === type.type && each.verbs.includes('list'));
  const own = isWorkspace
    ? [...WORKSPACE, ...(type.actions.some(({ name }) => name === 'diagnose') ? [DIAGNOSE] : [])]
    : [type.type.toLowerCase() === 'microsoft.resources/deployments' ? DEPLOYMENT : OVERVIEW];
  return [
    ...(isContainer ? [CONTENTS, ...own] : own),
    ...(hasChildren && !isContainer ? [CONTENTS] : []),
    ...(type.verbs.includes('put') && !isContainer ? [PROPERTIES] : []),
    ...(isContainer ? [HISTORY] : []),
    ACCESS,
    ACTIVITY,
    OPERATIONS,
    ...(findType(types, 'Microsoft.Authorization/locks') === undefined ? [] : [LOCKS]),
    ...(type.members.tags && type.verbs.includes('patch') ? [TAGS] : []),
    JSON_VIEW,
  ];
}
