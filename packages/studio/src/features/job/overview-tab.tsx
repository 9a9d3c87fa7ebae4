// The first tab: what now, how it went, what went in, what came out.

import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Tag, Text, tokens } from '@fluentui/react-components';
import { ArrowRight20Regular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { JobOverview, KeyValue } from '../../api/types.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { CodeBlock, CopyableId } from '../../design/copy.tsx';
import { isoDuration, metricValue } from '../../design/format.ts';
import { Facts, Muted, Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { isTerminal } from '../../design/status.tsx';
import { When } from '../../design/time.tsx';
import { assetsUsed, parseReference, type Used } from './lineage.ts';
import { Timeline } from './timeline.tsx';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'minmax(0, 1.7fr) minmax(0, 1fr)', gap: '18px', alignItems: 'start', '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  column: { display: 'grid', gap: '18px', minWidth: 0 },
  banner: { marginBottom: '18px', borderRadius: '10px' },
  reason: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  metrics: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(130px, 1fr))', gap: '14px 20px', margin: 0 },
  metric: { display: 'flex', flexDirection: 'column-reverse', minWidth: 0 },
  value: { margin: 0, fontSize: tokens.fontSizeBase500, lineHeight: '28px', fontWeight: 600, fontVariantNumeric: 'tabular-nums', letterSpacing: '-0.01em' },
  key: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  tags: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  lineage: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) auto minmax(0, 1fr)', gap: '14px', alignItems: 'center', '@media (max-width: 640px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  side: { display: 'grid', gap: '8px' },
  node: {
    display: 'grid',
    gap: '1px',
    padding: '9px 12px',
    borderRadius: '8px',
    backgroundColor: tokens.colorNeutralBackground2,
    border: `1px solid ${tokens.colorNeutralStroke3}`,
    minWidth: 0,
    overflowWrap: 'anywhere',
  },
  arrow: { color: tokens.colorNeutralForeground3, display: 'inline-flex', justifySelf: 'center', '@media (max-width: 640px)': { transform: 'rotate(90deg)' } },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});

export function OverviewTab({ overview }: { readonly overview: JobOverview }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { job, definition } = overview;
  const inputs = Object.entries(definition?.inputs ?? {});
  const outputs = Object.entries(definition?.outputs ?? {});
  return (
    <>
      <WhatNow overview={overview} />
      <div className={styles.grid}>
        <div className={styles.column}>
          {overview.timeline.length === 0 ? null : (
            <Section title="Timeline">
              <Timeline phases={overview.timeline} />
            </Section>
          )}
          {overview.metrics.length === 0 ? null : (
            <Section title="Metrics" aside={<Link to={`${workspace.home}/jobs/${job.runId}/metrics`}>Charts</Link>}>
              <dl className={styles.metrics}>
                {overview.metrics.slice(0, 12).map((metric) => (
                  <div key={metric.key} className={styles.metric}>
                    <dd className={styles.value}>{metricValue(metric.lastValue)}</dd>
                    <dt className={styles.key} title={metric.key}>
                      {metric.key}
                    </dt>
                  </div>
                ))}
              </dl>
            </Section>
          )}
          <Lineage overview={overview} />
          {definition?.command === undefined ? null : (
            <Section title="Command">
              <CodeBlock text={definition.command} label="Copy command" />
            </Section>
          )}
          {inputs.length === 0 ? null : (
            <Section title="Inputs">
              <Facts facts={inputs.map(([name, input]) => [name, input.uri ? <Reference key={name} uri={input.uri} mode={input.mode} /> : <span className={styles.mono}>{input.value ?? ''}</span>])} />
            </Section>
          )}
          {outputs.length === 0 ? null : (
            <Section title="Outputs" aside={<Link to={`${workspace.home}/jobs/${job.runId}/outputs`}>Files</Link>}>
              <Facts
                facts={outputs.map(([name, output]) => [
                  name,
                  <span key={name}>
                    {output.uri ? <Reference uri={output.uri} mode={output.mode} /> : <Muted>default place{output.mode ? ` · ${output.mode}` : ''}</Muted>}
                    {output.assetName ? (
                      <>
                        {' → '}
                        {output.assetName}
                        {output.assetVersion ? `:${output.assetVersion}` : ''}
                      </>
                    ) : null}
                  </span>,
                ])}
              />
            </Section>
          )}
        </div>
        <div className={styles.column}>
          <Section title="About">
            <Facts facts={aboutFacts(overview, workspace.home)} />
          </Section>
          <Pairs title="Parameters" pairs={overview.params} />
          <Tags tags={overview.tags} />
          <Pairs title="Environment variables" pairs={Object.entries(definition?.environmentVariables ?? {}).map(([key, value]) => ({ key, value }))} />
        </div>
      </div>
    </>
  );
}

function WhatNow({ overview: { job } }: { readonly overview: JobOverview }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const message = job.reason?.message;
  const logs = <Link to={`${workspace.home}/jobs/${job.runId}/logs`}>Read the log</Link>;
  if (job.status === 'Failed') {
    return (
      <MessageBar intent="error" layout="multiline" className={styles.banner}>
        <MessageBarBody>
          <MessageBarTitle>Failed{job.reason?.code ? ` · ${job.reason.code}` : ''}</MessageBarTitle>
          <div className={styles.reason}>{message ?? 'The job gave no reason.'}</div>
          {logs}
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (message === undefined) return null;
  return (
    <MessageBar intent={isTerminal(job.status) ? 'warning' : 'info'} layout="multiline" className={styles.banner}>
      <MessageBarBody>
        <MessageBarTitle>{isTerminal(job.status) ? 'Why it ended' : 'Why it waits'}</MessageBarTitle>
        <div className={styles.reason}>{message}</div>
      </MessageBarBody>
    </MessageBar>
  );
}

function aboutFacts(overview: JobOverview, home: string): readonly (readonly [string, ReactNode])[] {
  const { job, definition } = overview;
  const compute = job.computeId?.split('/').at(-1);
  const facts: (readonly [string, ReactNode])[] = [
    [
      'Experiment',
      <Link key="e" to={`${home}/jobs?experiment=${encodeURIComponent(job.experiment)}`}>
        {job.experiment}
      </Link>,
    ],
  ];
  if (definition?.description) facts.push(['Description', definition.description]);
  facts.push(
    ['Type', job.jobType ?? 'MLflow run'],
    [
      'Compute',
      compute === undefined ? (
        job.owner === 'client' ? (
          'where the client runs'
        ) : (
          'serverless'
        )
      ) : (
        <Link key="c" to={`${home}/compute`}>
          {compute}
        </Link>
      ),
    ],
  );
  if ((definition?.resources?.instanceCount ?? 1) > 1) facts.push(['Nodes', definition?.resources?.instanceCount]);
  if (definition?.distribution?.distributionType) facts.push(['Distribution', definition.distribution.distributionType]);
  if (definition?.limits?.timeout) facts.push(['Time limit', isoDuration(definition.limits.timeout)]);
  if (job.parentRunId !== null)
    facts.push([
      'Parent',
      <Link key="p" to={`${home}/jobs/${job.parentRunId}`}>
        {job.parentRunId}
      </Link>,
    ]);
  facts.push(
    ['Created', <When key="w" at={job.createdAt} />],
    ['Started', <When key="s" at={job.startedAt} />],
    ['Ended', <When key="n" at={job.endedAt} />],
    ['Id', <CopyableId key="i" id={overview.id} label="Copy resource id" />],
  );
  return facts;
}

function Reference({ uri, mode }: { readonly uri: string; readonly mode: string | undefined }) {
  const used = parseReference(useWorkspace(), uri);
  return (
    <span title={uri}>
      {used.to === undefined ? used.label : <Link to={used.to}>{used.label}</Link>} {mode ? <Muted>· {mode}</Muted> : null}
    </span>
  );
}

function Lineage({ overview }: { readonly overview: JobOverview }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const used = assetsUsed(workspace, overview.definition);
  const produced: readonly Used[] = overview.produced.map((asset) => ({
    kind: asset.kind,
    label: `${asset.name}:${asset.version}`,
    to: `${workspace.home}/${asset.kind === 'model' ? 'models' : 'data'}/${asset.name}`,
  }));
  if (used.length + produced.length === 0) return null;
  return (
    <Section title="Lineage">
      <div className={styles.lineage}>
        <Side used={used} none="nothing but its command" />
        <span className={styles.arrow} role="img" aria-label="went into this job, which made">
          <ArrowRight20Regular />
        </span>
        <Side used={produced} none="no asset was registered from it yet" />
      </div>
    </Section>
  );
}

function Side({ used, none }: { readonly used: readonly Used[]; readonly none: string }) {
  const styles = useStyles();
  if (used.length === 0) return <Muted>{none}</Muted>;
  return (
    <div className={styles.side}>
      {used.map((each) => (
        <div key={`${each.kind} ${each.label}`} className={styles.node}>
          <Muted>{each.kind}</Muted>
          {each.to === undefined ? <Text>{each.label}</Text> : <Link to={each.to}>{each.label}</Link>}
        </div>
      ))}
    </div>
  );
}

function Pairs({ title, pairs }: { readonly title: string; readonly pairs: readonly KeyValue[] }) {
  const styles = useStyles();
  if (pairs.length === 0) return null;
  return (
    <Section title={title}>
      <Facts
        facts={pairs.map((pair) => [
          pair.key,
          <span key={pair.key} className={styles.mono}>
            {pair.value}
          </span>,
        ])}
      />
    </Section>
  );
}

function Tags({ tags }: { readonly tags: readonly KeyValue[] }) {
  const styles = useStyles();
  // Why: clients keep their own bookkeeping in tags of these names; people look for theirs.
  const own = tags.filter((tag) => !/^(mlflow\.|azureml\.|_azureml)/.test(tag.key));
  if (own.length === 0) return null;
  return (
    <Section title="Tags">
      <div className={styles.tags}>
        {own.map((tag) => (
          <Tag key={tag.key} size="small" appearance="outline">
            {tag.value === '' ? tag.key : `${tag.key}: ${tag.value}`}
          </Tag>
        ))}
      </div>
    </Section>
  );
}
