// The bones of every page: header, section, and label-value pairs.

import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { type ReactNode, useEffect } from 'react';

const NARROW = '@media (max-width: 640px)';

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0 },
  header: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', justifyContent: 'space-between', gap: '12px 24px', padding: '26px 32px 18px', [NARROW]: { padding: '18px 20px 14px' } },
  heading: { display: 'flex', flexDirection: 'column', gap: '6px', minWidth: 0, flex: '1 1 320px' },
  title: { fontSize: '26px', lineHeight: '34px', fontWeight: 600, letterSpacing: '-0.015em', margin: 0, overflowWrap: 'anywhere', [NARROW]: { fontSize: '21px', lineHeight: '28px' } },
  meta: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 16px', color: tokens.colorNeutralForeground2, minHeight: '24px' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center', paddingTop: '4px' },
  body: { flex: '1 1 auto', minHeight: 0, overflowY: 'auto', padding: '4px 32px 40px', [NARROW]: { padding: '4px 20px 32px' } },
  flush: { overflowY: 'hidden', padding: 0, display: 'flex', flexDirection: 'column', [NARROW]: { padding: 0 } },
  section: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: '10px', padding: '18px 20px 20px', minWidth: 0, [NARROW]: { padding: '14px 16px 16px' } },
  sectionHead: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '12px', minHeight: '24px', marginBottom: '12px' },
  sectionTitle: { fontSize: tokens.fontSizeBase300, fontWeight: 600, margin: 0 },
  facts: { display: 'grid', gridTemplateColumns: 'fit-content(45%) minmax(0, 1fr)', columnGap: '20px', rowGap: '10px', margin: 0, alignItems: 'baseline' },
  term: { minWidth: '88px', color: tokens.colorNeutralForeground3 },
  fact: { margin: 0, minWidth: 0, overflowWrap: 'anywhere' },
});

export function Page(props: {
  readonly title: string;
  readonly above?: ReactNode;
  readonly meta?: ReactNode;
  readonly actions?: ReactNode;
  readonly below?: ReactNode;
  /** The body scrolls inside, not as a whole. */
  readonly isFlush?: boolean;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${props.title} · Lazurite`;
  }, [props.title]);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.heading}>
          {props.above}
          <h1 className={styles.title}>{props.title}</h1>
          {props.meta === undefined ? null : <div className={styles.meta}>{props.meta}</div>}
        </div>
        {props.actions === undefined ? null : <div className={styles.actions}>{props.actions}</div>}
      </header>
      {props.below}
      <div className={mergeClasses(styles.body, props.isFlush === true && styles.flush)}>{props.children}</div>
    </div>
  );
}

export function Section(props: { readonly title: string; readonly aside?: ReactNode; readonly className?: string; readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <section className={mergeClasses(styles.section, props.className)} aria-label={props.title}>
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle}>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

export function Facts({ facts }: { readonly facts: readonly (readonly [term: string, value: ReactNode])[] }) {
  const styles = useStyles();
  return (
    <dl className={styles.facts}>
      {facts.map(([term, value]) => (
        <Pair key={term} term={term} value={value} />
      ))}
    </dl>
  );
}

function Pair({ term, value }: { readonly term: string; readonly value: ReactNode }) {
  const styles = useStyles();
  return (
    <>
      <dt className={styles.term}>{term}</dt>
      <dd className={styles.fact}>{value}</dd>
    </>
  );
}

export function Muted({ children }: { readonly children: ReactNode }) {
  return (
    <Text size={200} style={{ color: tokens.colorNeutralForeground3 }}>
      {children}
    </Text>
  );
}
