// The roles that can be assigned at a scope.

import { makeStyles, SearchBox } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Role, rolesQuery } from '../../api/access.ts';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';

const useStyles = makeStyles({ pane: { display: 'grid', gap: '14px', maxWidth: '1080px' }, search: { width: '280px', maxWidth: '100%' }, name: { fontWeight: 600 } });

export function RoleList({ scope }: { readonly scope: string }) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(rolesQuery(scope));
  const [text, setText] = useState('');
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const rows = data.filter(({ roleName, description }) => `${roleName} ${description}`.toLowerCase().includes(text.toLowerCase()));
  const columns = columnsOf({ styles });
  return (
    <div className={styles.pane}>
      <SearchBox className={styles.search} aria-label="Find a role" placeholder="Find a role" value={text} onChange={(_, { value }) => setText(value)} />
      <PlainTable label="Roles" columns={columns} rows={rows} rowId={(row) => row.id} />
    </div>
  );
}

function columnsOf({ styles }: { readonly styles: ReturnType<typeof useStyles> }): readonly PlainColumn<Role>[] {
  return [
    { title: 'Role', width: '260px', cell: (row) => <span className={styles.name}>{row.roleName}</span> },
    { title: 'What it allows', cell: (row) => row.description },
    { title: 'Kind', width: '110px', cell: (row) => (row.isCustom ? 'Custom' : 'Built in') },
  ];
}
