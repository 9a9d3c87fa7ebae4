// A job's state as a mark and a word; the word carries the meaning, colour only helps.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, Circle16Regular, Clock16Regular, DismissCircle16Filled, RecordStop16Regular, Warning16Filled } from '@fluentui/react-icons';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  status: { display: 'inline-flex', verticalAlign: 'bottom', alignItems: 'center', gap: '6px', whiteSpace: 'nowrap' },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  warn: { color: tokens.colorPaletteMarigoldForeground1 },
  active: { color: tokens.colorBrandForeground1 },
  quiet: { color: tokens.colorNeutralForeground3 },
  icon: { display: 'inline-flex', flexShrink: 0 },
  ring: {
    width: '14px',
    height: '14px',
    margin: '1px',
    borderRadius: '50%',
    border: `2px solid ${tokens.colorBrandStroke2}`,
    borderTopColor: tokens.colorCompoundBrandStroke,
    animationName: { to: { transform: 'rotate(360deg)' } },
    animationDuration: '1.1s',
    animationTimingFunction: 'linear',
    animationIterationCount: 'infinite',
  },
  label: { color: tokens.colorNeutralForeground1 },
});

const TERMINAL = new Set(['Completed', 'Failed', 'Canceled']);
const LABELS: Readonly<Record<string, string>> = { NotStarted: 'Not started', CancelRequested: 'Canceling', NotResponding: 'Not responding', InProgress: 'In progress' };

export function isTerminal(status: string): boolean {
  return TERMINAL.has(status);
}

export function statusLabel(status: string): string {
  return LABELS[status] ?? status;
}

export function Status({ status, label = statusLabel(status) }: { readonly status: string; readonly label?: string }) {
  const styles = useStyles();
  const [tone, icon] = appearance(status, styles);
  return (
    <span className={styles.status}>
      <span className={mergeClasses(styles.icon, tone)} aria-hidden="true">
        {icon}
      </span>
      <span className={styles.label}>{label}</span>
    </span>
  );
}

function appearance(status: string, styles: ReturnType<typeof useStyles>): readonly [string, ReactNode] {
  switch (status) {
    case 'Completed':
    case 'Succeeded':
      return [styles.good, <CheckmarkCircle16Filled key="i" />];
    case 'Failed':
      return [styles.bad, <DismissCircle16Filled key="i" />];
    case 'Canceled':
      return [styles.quiet, <RecordStop16Regular key="i" />];
    case 'NotResponding':
      return [styles.warn, <Warning16Filled key="i" />];
    case 'Queued':
    case 'Accepted':
      return [styles.quiet, <Clock16Regular key="i" />];
    case 'NotStarted':
      return [styles.quiet, <Circle16Regular key="i" />];
    default:
      return [styles.active, <span key="i" className={styles.ring} />];
  }
}
