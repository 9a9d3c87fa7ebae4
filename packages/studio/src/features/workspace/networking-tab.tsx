// Networking of a workspace: public access, private endpoints that want in, the managed network and its outbound rules.

import { Button, makeStyles, Radio, RadioGroup, Text, tokens } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { groupOf, nameOf, resourcePage } from '../../api/resource-id.ts';
import { findType, type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { childrenQuery, encodeId } from '../../api/resources.ts';
import type { ArmResource } from '../../api/types.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { Facts, Muted, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { shellWord } from '../job/acts.ts';
import type { TabProps } from '../resource/subject.ts';
import { useWorkspacePatch } from './patch.ts';
import { memberOf, textOf } from './workspace-properties.ts';

const CONNECTIONS = 'Microsoft.MachineLearningServices/workspaces/privateEndpointConnections';
const RULES = 'Microsoft.MachineLearningServices/workspaces/outboundRules';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '18px', maxWidth: '980px' },
  acts: { display: 'inline-flex', gap: '6px' },
  gap: { marginTop: '12px', display: 'grid', gap: '12px' },
  quiet: { color: tokens.colorNeutralForeground3 },
});

export function NetworkingTab({ subject }: TabProps) {
  const styles = useStyles();
  const { id, resource } = subject;
  const { data: types } = useQuery(typesQuery);
  const saving = useWorkspacePatch(subject);
  const access = textOf(resource, 'publicNetworkAccess') || 'Enabled';
  const wanted = String(memberOf(saving.variables, 'publicNetworkAccess') ?? '');
  const connections = findType(types, CONNECTIONS);
  const rules = findType(types, RULES);
  const isolation = memberOf(resource.properties, 'managedNetwork', 'isolationMode');
  return (
    <div className={styles.pane}>
      <Section title="Public access">
        <RadioGroup value={saving.isPending ? wanted : access} disabled={saving.isPending} onChange={(_, { value }) => saving.mutate({ publicNetworkAccess: value })} aria-label="Public access">
          <Radio value="Enabled" label="From everywhere: whoever has a role may reach the workspace" />
          <Radio value="Disabled" label="Private only: callers from private addresses that the operator of this server allows, and private endpoints" />
        </RadioGroup>
        <div className={styles.gap}>
          {saving.error === null ? null : <ErrorState error={saving.error} />}
          <CodeBlock
            text={`az ml workspace update --name ${shellWord(nameOf(id))} --resource-group ${shellWord(groupOf(id))} --public-network-access ${access === 'Enabled' ? 'Disabled' : 'Enabled'}`}
            label="Copy az command"
          />
        </div>
      </Section>
      {connections === undefined ? null : (
        <Section title="Private endpoint connections">
          <Connections id={id} type={connections} />
        </Section>
      )}
      <Section title="Managed network">
        <Facts
          facts={[
            ['Isolation', typeof isolation === 'string' ? isolation : 'Disabled'],
            ['State', String(memberOf(resource.properties, 'managedNetwork', 'status', 'status') ?? 'Inactive')],
          ]}
        />
        {rules === undefined ? null : (
          <div className={styles.gap}>
            <OutboundRules id={id} type={rules} />
          </div>
        )}
      </Section>
    </div>
  );
}

function Connections({ id, type }: { readonly id: string; readonly type: TypeDescriptor }) {
  const styles = useStyles();
  const queries = useQueryClient();
  const { data, error } = useQuery(childrenQuery(id, 'privateEndpointConnections', type.apiVersion));
  const deciding = useMutation({
    mutationFn: ({ connection, status }: { readonly connection: ArmResource; readonly status: string }) =>
      armWrite(`${encodeId(connection.id)}?api-version=${type.apiVersion}`, {
        method: 'PUT',
        body: { properties: { privateLinkServiceConnectionState: { status, description: `${status} in the studio` } } },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase()] }),
  });
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <Loading lines={2} />;
  if (data.length === 0) return <Muted>No private endpoint points to this workspace.</Muted>;
  const columns = connectionColumns({ styles, isDeciding: deciding.isPending, decide: (connection, status) => deciding.mutate({ connection, status }) });
  return (
    <>
      {deciding.error === null ? null : <ErrorState error={deciding.error} />}
      <PlainTable label="Private endpoint connections" columns={columns} rows={data} rowId={(row) => row.id} />
    </>
  );
}

function OutboundRules({ id, type }: { readonly id: string; readonly type: TypeDescriptor }) {
  const { data, error } = useQuery(childrenQuery(id, 'outboundRules', type.apiVersion));
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <Loading lines={2} />;
  if (data.length === 0) return <Text size={200}>No outbound rules.</Text>;
  return <PlainTable label="Outbound rules" columns={RULE_COLUMNS} rows={data} rowId={(row) => row.id} />;
}

function connectionColumns({
  styles,
  isDeciding,
  decide,
}: {
  readonly styles: ReturnType<typeof useStyles>;
  readonly isDeciding: boolean;
  readonly decide: (connection: ArmResource, status: string) => void;
}): readonly PlainColumn<ArmResource>[] {
  return [
    { title: 'Connection', cell: (row) => <Link to={resourcePage(row.id)}>{row.name}</Link> },
    { title: 'State', width: '140px', cell: statusOf },
    { title: 'Private endpoint', cell: (row) => nameOf(String(memberOf(row.properties, 'privateEndpoint', 'id') ?? '')) },
    {
      title: 'Decide',
      isTitleHidden: true,
      width: '190px',
      cell: (row) => (
        <span className={styles.acts}>
          {statusOf(row) === 'Approved' ? null : (
            <Button size="small" disabled={isDeciding} onClick={() => decide(row, 'Approved')}>
              Approve
            </Button>
          )}
          {statusOf(row) === 'Rejected' ? null : (
            <Button size="small" disabled={isDeciding} onClick={() => decide(row, 'Rejected')}>
              Reject
            </Button>
          )}
        </span>
      ),
    },
  ];
}

const RULE_COLUMNS: readonly PlainColumn<ArmResource>[] = [
  { title: 'Outbound rule', cell: (row) => <Link to={resourcePage(row.id)}>{row.name}</Link> },
  { title: 'Type', width: '160px', cell: (row) => String(row.properties['type'] ?? '') },
  { title: 'Category', width: '140px', cell: (row) => String(row.properties['category'] ?? '') },
  { title: 'Destination', cell: (row) => (typeof row.properties['destination'] === 'string' ? row.properties['destination'] : JSON.stringify(row.properties['destination'] ?? '')) },
];

function statusOf(connection: ArmResource): string {
  return String(memberOf(connection.properties, 'privateLinkServiceConnectionState', 'status') ?? '');
}
