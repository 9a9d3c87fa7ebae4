// Properties of a workspace as its pages read them. Source: contracts/azureml-rest.md §6 Workspace.

import type { FullResource } from '../../api/resources.ts';

export interface NeighbourLink {
  readonly title: string;
  readonly property: string;
  /** '' where the workspace has none. */
  readonly id: string;
  readonly whyNone: string;
}

export function textOf(resource: FullResource, name: string): string {
  const value = resource.properties?.[name];
  return typeof value === 'string' ? value : '';
}

export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((current, name) => (typeof current === 'object' && current !== null ? Reflect.get(current, name) : undefined), value);
}

export function neighboursOf(resource: FullResource): readonly NeighbourLink[] {
  const link = (title: string, property: string, whyNone: string): NeighbourLink => ({ title, property, id: textOf(resource, property), whyNone });
  return [
    link('Storage account', 'storageAccount', 'Made with the workspace'),
    link('Key vault', 'keyVault', 'Made with the workspace'),
    link('Application Insights', 'applicationInsights', 'Made with the workspace'),
    link('Container registry', 'containerRegistry', 'Made when an image is first built'),
    ...(textOf(resource, 'hubResourceId') === '' ? [] : [link('Hub', 'hubResourceId', '')]),
  ];
}
