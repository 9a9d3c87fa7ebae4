// Every resource of the server that the person may see.

import { Page } from '../../design/layout.tsx';
import { NoResources, ResourceList } from './resource-list.tsx';

export function ResourcesPage() {
  return (
    <Page title="All resources" isFlush>
      <ResourceList empty={<NoResources />} />
    </Page>
  );
}
