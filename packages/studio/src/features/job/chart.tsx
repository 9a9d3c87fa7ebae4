// One series as a line: uPlot in Fluent's colours. Dragging zooms (the caller asks the server again), double click resets.

import { makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useEffectEvent, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { duration, metricValue } from '../../design/format.ts';
import { seriesToken, tokenValue } from '../../design/theme.ts';
import { useIsDark } from '../../shell/color-scheme.ts';
import type { XAxis } from './smoothing.ts';

const HEIGHT = 220;
/** uPlot's own numbers; its enum is of a kind that is not there when the program runs. */
const LINEAR = 1;
const LOGARITHMIC = 3;

const useStyles = makeStyles({
  chart: {
    minHeight: `${HEIGHT}px`,
    '& .u-select': { backgroundColor: tokens.colorBrandBackground2, opacity: 0.5 },
    // Why: it tells of the point under the pointer, so without one it has nothing to say; its place is kept.
    '& .u-legend': { visibility: 'hidden', textAlign: 'left', fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, fontVariantNumeric: 'tabular-nums' },
    '& .uplot:hover .u-legend': { visibility: 'visible' },
    '& .u-legend .u-marker': { display: 'none' },
    '& .u-cursor-x': { borderRightColor: tokens.colorNeutralStroke1 },
    '& .u-cursor-y': { borderBottomColor: tokens.colorNeutralStroke1 },
  },
});

export interface ChartProps {
  readonly name: string;
  readonly axis: XAxis;
  readonly isLogarithmic: boolean;
  readonly x: readonly number[];
  readonly raw: readonly number[];
  /** Equal to raw when nothing is smoothed. */
  readonly smoothed: readonly number[];
  readonly isSmoothed: boolean;
  onZoom(min: number, max: number): void;
  onReset(): void;
}

export function Chart(props: ChartProps) {
  const styles = useStyles();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const isDark = useIsDark();
  const onZoom = useEffectEvent(props.onZoom);
  const onReset = useEffectEvent(props.onReset);
  const { name, axis, isLogarithmic, isSmoothed } = props;
  const isWhole = !isSmoothed && props.raw.every(Number.isInteger);
  const data = chartData(props);
  const currentData = useEffectEvent(() => data);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const chart = new uPlot(
      optionsOf(element, { name, axis, isLogarithmic, isSmoothed, isWhole }, (min, max) => onZoom(min, max)),
      currentData(),
      element,
    );
    const reset = (): void => onReset();
    chart.over.addEventListener('dblclick', reset);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    plot.current = chart;
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = undefined;
    };
    // isDark: the canvas is drawn with values of tokens, so another theme means drawing anew.
  }, [name, axis, isLogarithmic, isSmoothed, isWhole, isDark]);

  useEffect(() => {
    plot.current?.setData(data);
  });
  const last = props.raw.at(-1);
  return <div ref={place} className={styles.chart} role="img" aria-label={`Chart of ${name} by ${axis}: ${props.x.length} points${last === undefined ? '' : `, last value ${metricValue(last)}`}`} />;
}

function chartData({ x, raw, smoothed, isSmoothed, isLogarithmic }: ChartProps): uPlot.AlignedData {
  const drawable = (values: readonly number[]): (number | null)[] => values.map((value) => (Number.isFinite(value) && (!isLogarithmic || value > 0) ? value : null));
  return isSmoothed ? [[...x], drawable(raw), drawable(smoothed)] : [[...x], drawable(raw)];
}

function optionsOf(
  element: HTMLElement,
  { name, axis, isLogarithmic, isSmoothed, isWhole }: Pick<ChartProps, 'name' | 'axis' | 'isLogarithmic' | 'isSmoothed'> & { readonly isWhole: boolean },
  onZoom: (min: number, max: number) => void,
): uPlot.Options {
  const color = tokenValue(element, seriesToken(name));
  const text = tokenValue(element, 'colorNeutralForeground3');
  const grid = { stroke: tokenValue(element, 'colorNeutralStroke3'), width: 1 };
  const font = `11px ${tokenValue(element, 'fontFamilyBase')}`;
  const line = {
    label: isSmoothed ? 'smoothed' : 'value',
    stroke: color,
    width: 2,
    points: { size: 5, fill: color },
    value: (_: uPlot, value: number | null) => (value === null ? '–' : metricValue(value)),
  };
  const faint = { ...line, label: 'value', stroke: color, alpha: 0.3, width: 1, points: { show: false } };
  return {
    width: Math.max(120, element.clientWidth),
    height: HEIGHT,
    padding: [10, 10, 0, 0],
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- see LINEAR
    scales: { x: { time: axis === 'time' }, y: { distr: isLogarithmic ? LOGARITHMIC : LINEAR } },
    series: [{ label: axis === 'relative' ? 'after' : axis, value: (_, value) => (value === null ? '–' : xText(axis, value)) }, ...(isSmoothed ? [faint, line] : [line])],
    axes: [
      {
        stroke: text,
        font,
        grid: { show: false },
        ticks: { show: false, size: 4 },
        border: { show: true, stroke: tokenValue(element, 'colorNeutralStroke2'), width: 1 },
        size: 30,
        ...(axis === 'relative' ? { values: (_: uPlot, splits: number[]) => splits.map((split) => duration(split * 1000)), space: 90 } : {}),
        ...(axis === 'step' ? { incrs: STEP_INCREMENTS, values: (_: uPlot, splits: number[]) => splits.map((split) => split.toLocaleString('en-US')) } : {}),
      },
      {
        stroke: text,
        font,
        grid,
        ticks: { show: false, size: 2 },
        size: 58,
        ...(isWhole ? { incrs: STEP_INCREMENTS } : {}),
        values: (_, splits) => splits.map((split) => (split === null ? '' : metricValue(Number(split.toPrecision(8))))),
      },
    ],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 8 } },
    hooks: {
      setSelect: [
        (chart) => {
          if (chart.select.width < 4) return;
          onZoom(chart.posToVal(chart.select.left, 'x'), chart.posToVal(chart.select.left + chart.select.width, 'x'));
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Why: there is no step one and a half. */
const STEP_INCREMENTS = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

function xText(axis: XAxis, value: number): string {
  if (axis === 'step') return value.toLocaleString('en-US');
  return axis === 'relative' ? duration(value * 1000) : new Date(value * 1000).toLocaleTimeString();
}
