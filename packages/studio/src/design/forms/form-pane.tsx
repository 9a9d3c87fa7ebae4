// A form with its buttons always in sight, and beside it what its answers come to.

import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  pane: { display: 'grid', gridTemplateColumns: 'minmax(0, 720px) minmax(280px, 480px)', gap: '28px', alignItems: 'start', '@media (max-width: 1180px)': { gridTemplateColumns: 'minmax(0, 720px)' } },
  form: { display: 'grid', gap: '18px', minWidth: 0 },
  side: { display: 'grid', gap: '14px', position: 'sticky', top: 0, minWidth: 0 },
  bar: { display: 'flex', gap: '8px', padding: '12px 0', position: 'sticky', bottom: '-40px', backgroundColor: tokens.colorNeutralBackground1, borderTop: `1px solid ${tokens.colorNeutralStroke3}` },
});

export function FormPane(props: {
  readonly children: ReactNode;
  readonly buttons: ReactNode;
  readonly side: ReactNode;
  /** Of the side, for who does not see it. */
  readonly sideLabel: string;
  onSubmit(): void;
}) {
  const styles = useStyles();
  return (
    <div className={styles.pane}>
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        {props.children}
        <div className={styles.bar}>{props.buttons}</div>
      </form>
      <aside className={styles.side} aria-label={props.sideLabel}>
        {props.side}
      </aside>
    </div>
  );
}
