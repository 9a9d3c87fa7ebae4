// The resource groups, and making one.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, Input, makeStyles } from '@fluentui/react-components';
import { Add20Regular, Folder24Regular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { groupId, resourcePage, subscriptionOf } from '../../api/resource-id.ts';
import { encodeId, groupsQuery, stateOf } from '../../api/resources.ts';
import { studioConfig } from '../../api/session.ts';
import type { ArmResource } from '../../api/types.ts';
import { armWrite } from '../../api/write.ts';
import { type Column, DataGrid } from '../../design/data-grid.tsx';
import { counted } from '../../design/format.ts';
import { Page } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ResourceState } from '../../design/resource-state.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';

const useStyles = makeStyles({ state: { padding: '8px 32px' }, name: { fontWeight: 600 }, content: { display: 'grid', gap: '14px' } });

export function GroupsPage() {
  const styles = useStyles();
  const { data, error, refetch, isPending } = useQuery(groupsQuery);
  return (
    <Page title="Resource groups" isFlush meta={data === undefined ? undefined : counted(data.length, 'resource group')} actions={<CreateGroup />}>
      {isPending || error !== null ? <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div> : null}
      {data?.length === 0 ? (
        <EmptyState icon={<Folder24Regular />} title="No resource groups yet" command="az group create --name demo --location local">
          A resource group holds resources that live and go together. Make the first one here, or with:
        </EmptyState>
      ) : null}
      {data === undefined || data.length === 0 ? null : <DataGrid label="Resource groups" columns={columnsOf(styles.name)} rows={data} rowId={(row) => row.id} />}
    </Page>
  );
}

function columnsOf(name: string): readonly Column<ArmResource>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(200px, 2fr)',
      cell: (row) => (
        <Link to={resourcePage(row.id)} className={name}>
          {row.name}
        </Link>
      ),
    },
    { id: 'subscription', title: 'Subscription', width: 'minmax(200px, 1.5fr)', cell: (row) => subscriptionOf(row.id) },
    { id: 'location', title: 'Location', width: '120px', cell: (row) => row.location ?? '' },
    { id: 'state', title: 'State', width: '130px', cell: (row) => <ResourceState state={stateOf(row)} /> },
    { id: 'created', title: 'Created', width: '120px', cell: (row) => <When at={row.systemData?.createdAt} /> },
  ];
}

function CreateGroup() {
  const styles = useStyles();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const making = useMutation({
    mutationFn: async () => {
      const { defaultSubscription, region } = await studioConfig();
      const id = groupId(defaultSubscription, name.trim());
      await armWrite(`${encodeId(id)}?api-version=2022-09-01`, { method: 'PUT', body: { location: region }, headers: { 'If-None-Match': '*' } });
      await queries.invalidateQueries({ queryKey: ['resources'] });
      await navigate(resourcePage(id));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => setOpen(open)}>
      <DialogTrigger disableButtonEnhancement>
        <Button appearance="primary" icon={<Add20Regular />}>
          Create group
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>Create a resource group</DialogTitle>
            <DialogContent className={styles.content}>
              <Field label="Name" required hint="Letters, digits and - _ . ( ); unique in the subscription.">
                <Input value={name} onChange={(_, { value }) => setName(value)} autoFocus />
              </Field>
              {making.error === null ? null : <ErrorState error={making.error} />}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={name.trim() === '' || making.isPending}>
                {making.isPending ? 'Creating…' : 'Create'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
