// One deployment: how it went and why, what each step did, what it gave back. Followed while it runs.

import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { DismissCircle20Regular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type DeploymentOperation, deploymentOperationsQuery, propertiesOf } from '../../api/deployments.ts';
import { resourcePage } from '../../api/resource-id.ts';
import { encodeId, isBusy, stateOf } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock, CopyableId } from '../../design/copy.tsx';
import { isoDuration } from '../../design/format.ts';
import { Facts, Muted, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Status } from '../../design/status.tsx';
import { When } from '../../design/time.tsx';
import { Who } from '../../design/who.tsx';
import { shellWord } from '../job/acts.ts';
import type { TabProps } from '../resource/subject.ts';

const useStyles = makeStyles({ pane: { display: 'grid', gap: '18px', maxWidth: '1080px' }, name: { display: 'grid', gap: '2px' }, quiet: { color: tokens.colorNeutralForeground3 } });

export function DeploymentTab({ subject }: TabProps) {
  const styles = useStyles();
  const { id, type, resource } = subject;
  const { provisioningState = '', mode, error, outputs = {}, parameters = {}, correlationId, duration: took } = propertiesOf(resource);
  const isRunning = isBusy(stateOf(resource));
  const operations = useQuery(deploymentOperationsQuery(id, type.apiVersion, isRunning));
  return (
    <div className={styles.pane}>
      {error === undefined ? null : <ErrorState title="It failed" error={new Error([...new Set(error.details?.map(({ message }) => message) ?? [error.message ?? ''])].join(' '))} />}
      <Section title="Deployment" aside={isRunning ? <Cancel id={id} apiVersion={type.apiVersion} /> : null}>
        <Facts
          facts={[
            ['State', <Status key="s" status={provisioningState} />],
            ['Mode', mode ?? ''],
            ['Began', <When key="w" at={resource.systemData?.createdAt} />],
            ['Took', isoDuration(took ?? '')],
            ['By', <Who key="b" id={resource.systemData?.createdBy} />],
            ['Correlation', correlationId === undefined ? '' : <CopyableId key="c" id={correlationId} label="Copy correlation id" />],
          ]}
        />
      </Section>
      <Section title="Steps">
        {operations.error === null ? null : <ErrorState error={operations.error} onRetry={() => void operations.refetch()} />}
        {operations.data === undefined && operations.error === null ? <Loading lines={3} /> : null}
        {operations.data?.length === 0 ? <Muted>{isRunning ? 'It has not begun with any step yet.' : 'It had nothing to do.'}</Muted> : null}
        {operations.data === undefined || operations.data.length === 0 ? null : <PlainTable label="Steps" columns={columnsOf({ styles })} rows={operations.data} rowId={(row) => row.operationId} />}
      </Section>
      {Object.keys(outputs).length === 0 ? null : (
        <Section title="Outputs">
          <Facts facts={Object.entries(outputs).map(([name, { value }]) => [name, <CopyableId key={name} id={typeof value === 'string' ? value : JSON.stringify(value)} label={`Copy ${name}`} />])} />
        </Section>
      )}
      {Object.keys(parameters).length === 0 ? null : (
        <Section title="Parameters">
          <Facts facts={Object.entries(parameters).map(([name, given]) => [name, given.value === undefined ? <Muted key={name}>not kept: it is secret</Muted> : JSON.stringify(given.value)])} />
        </Section>
      )}
      <CodeBlock text={`az resource invoke-action --ids ${shellWord(id)} --action exportTemplate`} label="Copy az command that prints the template" />
    </div>
  );
}

function Cancel({ id, apiVersion }: { readonly id: string; readonly apiVersion: string }) {
  const queries = useQueryClient();
  const canceling = useMutation({
    mutationFn: () => armWrite(`${encodeId(id)}/cancel?api-version=${apiVersion}`, { method: 'POST' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase()] }),
  });
  return (
    <Button size="small" icon={<DismissCircle20Regular />} disabled={canceling.isPending} onClick={() => canceling.mutate()}>
      Cancel
    </Button>
  );
}

function columnsOf({ styles }: { readonly styles: ReturnType<typeof useStyles> }): readonly PlainColumn<DeploymentOperation>[] {
  return [
    {
      title: 'Resource',
      cell: ({ properties: { targetResource, statusMessage, provisioningOperation } }) => (
        <span className={styles.name}>
          {targetResource === undefined ? provisioningOperation : <Link to={resourcePage(targetResource.id)}>{targetResource.resourceName}</Link>}
          {statusMessage?.error?.message === undefined ? null : <Text size={200}>{statusMessage.error.message}</Text>}
        </span>
      ),
    },
    { title: 'Type', width: '300px', cell: ({ properties }) => <span className={styles.quiet}>{properties.targetResource?.resourceType ?? ''}</span> },
    { title: 'State', width: '140px', cell: ({ properties }) => <Status status={properties.provisioningState ?? ''} /> },
    { title: 'Took', width: '90px', cell: ({ properties }) => isoDuration(properties.duration ?? '') },
  ];
}
