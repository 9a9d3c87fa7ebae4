// The history of template deployments of a group or subscription, newest first; those that run are followed.

import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { Rocket24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { DEPLOYMENTS, deploymentsQuery, propertiesOf } from '../../api/deployments.ts';
import { groupOf, resourcePage } from '../../api/resource-id.ts';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { stateOf } from '../../api/resources.ts';
import type { ArmResource } from '../../api/types.ts';
import { isoDuration } from '../../design/format.ts';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Status } from '../../design/status.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import { shellWord } from '../job/acts.ts';
import type { TabProps } from '../resource/subject.ts';

const useStyles = makeStyles({ name: { display: 'grid', gap: '2px' }, quiet: { color: tokens.colorNeutralForeground3 } });

export function DeploymentsTab({ subject }: TabProps) {
  const { data: types } = useQuery(typesQuery);
  const type = findType(types, DEPLOYMENTS);
  const { data, error, refetch } = useQuery({ ...deploymentsQuery(subject.id, type?.apiVersion ?? ''), enabled: type !== undefined });
  const styles = useStyles();
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const group = groupOf(subject.id);
  if (data.length === 0) {
    return (
      <EmptyState
        icon={<Rocket24Regular />}
        title="Nothing was deployed here"
        command={group === '' ? 'az deployment sub create --location local --template-file main.bicep' : `az deployment group create --resource-group ${shellWord(group)} --template-file main.bicep`}
      >
        Deployments of ARM templates and Bicep files are kept here with what each of their steps did. The first one:
      </EmptyState>
    );
  }
  return <PlainTable label="Deployments" columns={columnsOf({ styles })} rows={data} rowId={(row) => row.id} />;
}

function columnsOf({ styles }: { readonly styles: ReturnType<typeof useStyles> }): readonly PlainColumn<ArmResource>[] {
  return [
    {
      title: 'Deployment',
      cell: (row) => (
        <span className={styles.name}>
          <Link to={resourcePage(row.id)}>{row.name}</Link>
          {propertiesOf(row).error === undefined ? null : (
            <Text size={200} className={styles.quiet}>
              {propertiesOf(row).error?.details?.[0]?.message ?? propertiesOf(row).error?.message}
            </Text>
          )}
        </span>
      ),
    },
    { title: 'State', width: '140px', cell: (row) => <Status status={stateOf(row)} /> },
    { title: 'Began', width: '110px', cell: (row) => <When at={row.systemData?.createdAt} /> },
    { title: 'Took', width: '90px', cell: (row) => isoDuration(propertiesOf(row).duration ?? '') },
    { title: 'By', width: '200px', cell: (row) => <Who id={row.systemData?.createdBy} /> },
  ];
}
