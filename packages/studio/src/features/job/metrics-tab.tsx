// Every metric of the run as a chart that grows while the job runs.

import { Button, makeStyles, SearchBox, Slider, Switch, Tab, TabList, Text, tokens, Tooltip } from '@fluentui/react-components';
import { ArrowDownload16Regular, ArrowReset20Regular, DataLine24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { type SeriesWindow, seriesQuery } from '../../api/queries.ts';
import type { JobOverview, Series } from '../../api/types.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { metricValue } from '../../design/format.ts';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { isTerminal } from '../../design/status.tsx';
import { Chart } from './chart.tsx';
import { ordered, seriesCsv, smooth, stepsWithin, type XAxis, xValues } from './smoothing.ts';

/** Why: the server answers for at most 50 series in one call. */
const MAX_SHOWN = 50;

const useStyles = makeStyles({
  tools: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 24px', marginBottom: '18px' },
  slider: { width: '120px' },
  inline: { display: 'flex', alignItems: 'center', gap: '8px', color: tokens.colorNeutralForeground2 },
  weight: { width: '32px', fontVariantNumeric: 'tabular-nums' },
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(420px, 100%), 1fr))', gap: '18px' },
  card: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: '10px', padding: '14px 16px 10px', minWidth: 0 },
  head: { display: 'flex', alignItems: 'center', gap: '10px', minHeight: '32px' },
  name: { fontSize: tokens.fontSizeBase300, fontWeight: 600, margin: 0, flex: '1 1 auto', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  last: { fontVariantNumeric: 'tabular-nums', color: tokens.colorNeutralForeground2 },
});

const EXAMPLE = 'import mlflow\n\nmlflow.log_metric("loss", 0.21, step=1)';

export function MetricsTab({ overview }: { readonly overview: JobOverview }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const [parameters, setParameters] = useSearchParams();
  const [filter, setFilter] = useState('');
  const axisName = parameters.get('x');
  const axis: XAxis = axisName === 'time' || axisName === 'relative' ? axisName : 'step';
  const isLogarithmic = parameters.get('y') === 'log';
  const weight = Math.min(0.99, Math.max(0, Number(parameters.get('smooth') ?? 0) || 0));
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(parameters);
    if (value === '') next.delete(name);
    else next.set(name, value);
    setParameters(next, { replace: true });
  };
  const matching = overview.metrics.filter((metric) => metric.key.toLowerCase().includes(filter.toLowerCase()));
  const keys = matching.slice(0, MAX_SHOWN).map((metric) => metric.key);
  const { data, error, refetch, isPending } = useQuery(seriesQuery(workspace, overview.job.runId, keys));
  if (overview.metrics.length === 0) {
    return (
      <EmptyState icon={<DataLine24Regular />} title={isTerminal(overview.job.status) ? 'No metrics' : 'No metrics yet'} command={EXAMPLE}>
        {isTerminal(overview.job.status) ? 'This job logged none. ' : 'They are drawn here as soon as the job logs some. '}Inside a job, MLflow already knows where to log:
      </EmptyState>
    );
  }
  const origin = Math.min(...(data ?? []).flatMap((series) => series.points.map((point) => point.timestamp)));
  return (
    <>
      <div className={styles.tools}>
        {overview.metrics.length > 4 ? <SearchBox aria-label="Metric name" placeholder="Metric name" value={filter} onChange={(_, { value }) => setFilter(value)} /> : null}
        <TabList size="small" appearance="subtle" aria-label="Horizontal axis" selectedValue={axis} onTabSelect={(_, { value }) => set('x', value === 'step' ? '' : String(value))}>
          <Tab value="step">Step</Tab>
          <Tab value="relative">Relative</Tab>
          <Tab value="time">Time</Tab>
        </TabList>
        <label className={styles.inline}>
          Smoothing
          <Slider className={styles.slider} size="small" min={0} max={99} value={Math.round(weight * 100)} onChange={(_, { value }) => set('smooth', value === 0 ? '' : String(value / 100))} />
          <span className={styles.weight}>{weight.toFixed(2)}</span>
        </label>
        <Switch label="Log scale" checked={isLogarithmic} onChange={(_, { checked }) => set('y', checked ? 'log' : '')} />
        {matching.length > MAX_SHOWN ? (
          <Text size={200}>
            The first {MAX_SHOWN} of {matching.length} metrics; type a name to see others.
          </Text>
        ) : null}
      </div>
      {isPending && keys.length > 0 ? <Loading lines={8} /> : null}
      {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
      <div className={styles.grid}>
        {(data ?? []).map((series) => (
          <MetricCard key={series.key} job={overview.job.runId} whole={series} axis={axis} origin={origin} isLogarithmic={isLogarithmic} weight={weight} />
        ))}
      </div>
    </>
  );
}

interface CardProps {
  readonly job: string;
  readonly whole: Series;
  readonly axis: XAxis;
  readonly origin: number;
  readonly isLogarithmic: boolean;
  readonly weight: number;
}

function MetricCard({ job, whole, axis, origin, isLogarithmic, weight }: CardProps) {
  const styles = useStyles();
  const [window, setWindow] = useState<SeriesWindow>();
  const zoomed = useQuery({ ...seriesQuery(useWorkspace(), job, [whole.key], window), enabled: window !== undefined });
  const series = (window === undefined ? undefined : zoomed.data?.[0]) ?? whole;
  const points = useMemo(() => ordered(series.points, axis), [series, axis]);
  const x = useMemo(() => xValues(points, axis, origin), [points, axis, origin]);
  const raw = useMemo(() => points.map((point) => point.value), [points]);
  const smoothed = useMemo(() => smooth(raw, weight), [raw, weight]);
  const last = whole.points.at(-1)?.value;
  return (
    <section className={styles.card} aria-label={whole.key}>
      <div className={styles.head}>
        <h2 className={styles.name} title={whole.key}>
          {whole.key}
        </h2>
        {last === undefined ? null : <span className={styles.last}>{metricValue(last)}</span>}
        {window === undefined ? null : (
          <Tooltip content="Show everything" relationship="label">
            <Button appearance="subtle" size="small" icon={<ArrowReset20Regular />} onClick={() => setWindow(undefined)} />
          </Tooltip>
        )}
        <Tooltip content={`Download ${whole.key} as CSV`} relationship="label">
          <Button appearance="subtle" size="small" icon={<ArrowDownload16Regular />} onClick={() => saveText(`${job}-${whole.key.replaceAll('/', '_')}.csv`, seriesCsv(series))} />
        </Tooltip>
      </div>
      <Chart
        name={whole.key}
        axis={axis}
        isLogarithmic={isLogarithmic}
        x={x}
        raw={raw}
        smoothed={smoothed}
        isSmoothed={weight > 0}
        onZoom={(min, max) => {
          const steps = stepsWithin(points, x, min, max);
          if (steps !== undefined && steps.to > steps.from) setWindow(steps);
        }}
        onReset={() => setWindow(undefined)}
      />
    </section>
  );
}

function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
