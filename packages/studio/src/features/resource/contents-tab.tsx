// What is inside: the groups of a subscription, the resources of a group, the resources below a resource.

import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { Grid24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { nameOf, resourcePage, subscriptionOf } from '../../api/resource-id.ts';
import { type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { childrenQuery, stateOf } from '../../api/resources.ts';
import type { ArmResource } from '../../api/types.ts';
import { CreateButton } from '../../design/create-button.tsx';
import { type Column, DataGrid } from '../../design/data-grid.tsx';
import { Link } from '../../design/link.tsx';
import { ResourceState } from '../../design/resource-state.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import { createAddress, isCreatable } from '../create/new-resource.ts';
import { ResourceList } from '../resources/resource-list.tsx';
import type { TabProps } from './subject.ts';

const useStyles = makeStyles({
  kinds: { padding: '0 24px 8px', flexWrap: 'wrap' },
  state: { padding: '8px 32px' },
  bar: { display: 'flex', padding: '0 32px 12px' },
  name: { fontWeight: 600 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

export function ContentsTab({ subject }: TabProps) {
  const styles = useStyles();
  const { type, id } = subject;
  if (type.type.toLowerCase() === 'microsoft.resources/resourcegroups') {
    return (
      <>
        <div className={styles.bar}>
          <CreateButton isQuiet to={createAddress(id)}>
            Create resource
          </CreateButton>
        </div>
        <ResourceList
          within={{ subscription: subscriptionOf(id), group: nameOf(id) }}
          empty={
            <EmptyState icon={<Grid24Regular />} title="This group is empty" command={`az ml workspace create --resource-group ${nameOf(id)} --name first`}>
              Resources that are made in it are listed here. Start with a workspace: <Link to={`/create/workspace?group=${encodeURIComponent(nameOf(id))}`}>create one here</Link>, or with
            </EmptyState>
          }
        />
      </>
    );
  }
  return <Children id={id} type={type} />;
}

function Children({ id, type }: { readonly id: string; readonly type: TypeDescriptor }) {
  const styles = useStyles();
  const { data: types = [] } = useQuery(typesQuery);
  const children = types.filter(
    (each) => (each.parent === type.type || (type.path !== null && each.path?.startsWith(`${type.path.replace('{name}', '{subscriptionId}')}/`) === true)) && each.verbs.includes('list'),
  );
  const [chosen, setChosen] = useState<string>();
  const child = children.find((each) => each.type === chosen) ?? children[0];
  if (child === undefined) return null;
  return (
    <>
      {children.length < 2 ? null : (
        <TabList className={styles.kinds} size="small" appearance="subtle-circular" selectedValue={child.type} onTabSelect={(_, { value }) => setChosen(String(value))} aria-label="Kind">
          {children.map((each) => (
            <Tab key={each.type} value={each.type}>
              {each.pluralName}
            </Tab>
          ))}
        </TabList>
      )}
      {isCreatable(child) && child.parent !== null ? (
        <div className={styles.bar}>
          <CreateButton isQuiet to={createAddress(id, child.type)}>
            {`Create ${child.displayName.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`}
          </CreateButton>
        </div>
      ) : null}
      <ChildList key={child.type} id={id} child={child} />
    </>
  );
}

function ChildList({ id, child }: { readonly id: string; readonly child: TypeDescriptor }) {
  const styles = useStyles();
  const segment = child.path?.split('/').at(-2) ?? child.type.split('/').at(-1) ?? '';
  const { data, error, refetch } = useQuery(childrenQuery(id, segment, child.apiVersion));
  if (error !== null || data === undefined) return <div className={styles.state}>{error === null ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div>;
  if (data.length === 0) return <EmptyState icon={<Grid24Regular />} title={`No ${child.pluralName.toLowerCase()}`} />;
  const columns = columnsOf({ styles });
  return <DataGrid label={child.pluralName} columns={columns} rows={data} rowId={(row) => row.id} />;
}

function columnsOf({ styles }: { readonly styles: ReturnType<typeof useStyles> }): readonly Column<ArmResource>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(220px, 2fr)',
      cell: (row) => (
        <Link to={resourcePage(row.id)} className={styles.name}>
          {row.name}
        </Link>
      ),
    },
    { id: 'state', title: 'State', width: '130px', cell: (row) => (stateOf(row) === '' ? <span className={styles.quiet}>–</span> : <ResourceState state={stateOf(row)} />) },
    { id: 'by', title: 'Created by', width: 'minmax(140px, 1fr)', cell: (row) => <Who id={row.systemData?.createdBy} /> },
    { id: 'created', title: 'Created', width: '120px', cell: (row) => <When at={row.systemData?.createdAt} /> },
  ];
}
