// One line of a log: its number (a link to it), its colours, and what was searched for.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { memo, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import { ansiSpans, type Span } from './ansi.ts';

const useStyles = makeStyles({
  line: {
    position: 'absolute',
    top: 0,
    left: 0,
    minWidth: '100%',
    display: 'flex',
    whiteSpace: 'pre',
    height: '20px',
    paddingRight: '16px',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  number: {
    flexShrink: 0,
    textAlign: 'right',
    padding: '0 14px 0 12px',
    color: tokens.colorNeutralForeground3,
    textDecorationLine: 'none',
    userSelect: 'none',
    ':hover': { color: tokens.colorBrandForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  linked: { backgroundColor: tokens.colorBrandBackground2 },
  current: { backgroundColor: tokens.colorPaletteYellowBackground1 },
  match: { backgroundColor: tokens.colorPaletteYellowBackground2, color: tokens.colorPaletteYellowForeground2, borderRadius: '2px' },
  bold: { fontWeight: 700 },
  faint: { color: tokens.colorNeutralForeground3 },
  black: { color: tokens.colorNeutralForeground3 },
  red: { color: tokens.colorPaletteRedForeground1 },
  green: { color: tokens.colorPaletteGreenForeground1 },
  yellow: { color: tokens.colorPaletteMarigoldForeground2 },
  blue: { color: tokens.colorBrandForeground1 },
  magenta: { color: tokens.colorPaletteBerryForeground1 },
  cyan: { color: tokens.colorPaletteLightTealForeground2 },
  white: { color: tokens.colorNeutralForeground1 },
});

const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

interface Props {
  readonly index: number;
  readonly text: string;
  readonly top: number;
  readonly digits: number;
  readonly wanted: string;
  readonly isCurrent: boolean;
  readonly isLinked: boolean;
}

export const LogLine = memo(function LogLine({ index, text, top, digits, wanted, isCurrent, isLinked }: Props) {
  const styles = useStyles();
  const { pathname, search } = useLocation();
  return (
    <div className={mergeClasses(styles.line, isLinked && styles.linked, isCurrent && styles.current)} style={{ transform: `translateY(${top}px)` }}>
      <a className={styles.number} style={{ minWidth: `${digits}ch`, boxSizing: 'content-box' }} href={`${pathname}${search}#L${index + 1}`} aria-label={`Line ${index + 1}`} tabIndex={-1}>
        {index + 1}
      </a>
      <span>
        {ansiSpans(text).map((span, i) => (
          // oxlint-disable-next-line react/no-array-index-key -- spans of a line have no other identity and never move
          <span key={i} className={classOf(span, styles)}>
            {marked(span.text, wanted, styles.match)}
          </span>
        ))}
      </span>
    </div>
  );
});

function classOf(span: Span, styles: ReturnType<typeof useStyles>): string {
  const color = span.color === undefined ? undefined : COLORS[span.color % 8];
  return mergeClasses(color !== undefined && styles[color], span.isBold === true && styles.bold, span.isFaint === true && styles.faint);
}

function marked(text: string, wanted: string, className: string): ReactNode {
  if (wanted === '') return text;
  const parts: ReactNode[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted.toLowerCase()); at >= 0; at = lower.indexOf(wanted.toLowerCase(), from)) {
    parts.push(
      text.slice(from, at),
      <mark key={at} className={className}>
        {text.slice(at, at + wanted.length)}
      </mark>,
    );
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}
