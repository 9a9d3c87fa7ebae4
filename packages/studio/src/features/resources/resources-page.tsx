// Every resource of the server that the person may see.

import { CreateButton } from '../../design/create-button.tsx';
import { Page } from '../../design/layout.tsx';
import { NoResources, ResourceList } from './resource-list.tsx';

export function ResourcesPage() {
  return (
    <Page title="All resources" isFlush actions={<CreateButton to="/create">Create resource</CreateButton>}>
      <ResourceList empty={<NoResources />} />
    </Page>
  );
}
