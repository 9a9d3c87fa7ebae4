// Phases of a job's attempts on one scale: where the time went.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { Fragment } from 'react';
import type { TimelinePhase } from '../../api/types.ts';
import { duration } from '../../design/format.ts';
import { useNow } from '../../design/time.tsx';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'max-content minmax(60px, 1fr) max-content', columnGap: '16px', rowGap: '8px', alignItems: 'center' },
  phase: { whiteSpace: 'nowrap' },
  quiet: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  track: { position: 'relative', height: '10px', borderRadius: '5px', backgroundColor: tokens.colorNeutralBackground3 },
  bar: { position: 'absolute', top: 0, bottom: 0, minWidth: '4px', borderRadius: '5px', backgroundColor: tokens.colorBrandBackground },
  waiting: { backgroundColor: tokens.colorNeutralStroke1 },
  time: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  attempt: { gridColumn: '1 / -1', marginTop: '6px', fontWeight: 600, fontSize: tokens.fontSizeBase200 },
});

export function Timeline({ phases }: { readonly phases: readonly TimelinePhase[] }) {
  const styles = useStyles();
  const now = useNow();
  const start = Math.min(...phases.map((phase) => Date.parse(phase.startedAt)));
  const end = Math.max(...phases.map((phase) => (phase.endedAt === null ? now : Date.parse(phase.endedAt))), start + 1);
  const hasAttempts = phases.some((phase) => phase.attempt > 1);
  return (
    <div className={styles.grid}>
      {phases.map((phase, index) => {
        const from = Date.parse(phase.startedAt);
        const to = phase.endedAt === null ? now : Date.parse(phase.endedAt);
        const isNewAttempt = hasAttempts && phases[index - 1]?.attempt !== phase.attempt;
        return (
          <Fragment key={`${phase.attempt} ${phase.phase} ${phase.startedAt}`}>
            {isNewAttempt ? <span className={styles.attempt}>Attempt {phase.attempt}</span> : null}
            <span className={styles.phase}>
              {phase.phase.charAt(0).toUpperCase() + phase.phase.slice(1)} {phase.node === undefined ? null : <span className={styles.quiet}>on {phase.node}</span>}
            </span>
            <span className={styles.track} title={phase.detail ?? phase.phase}>
              <span
                className={mergeClasses(styles.bar, /queue|wait|not/i.test(phase.phase) && styles.waiting)}
                style={{ left: `min(${((from - start) / (end - start)) * 100}%, 100% - 4px)`, width: `${(Math.max(0, to - from) / (end - start)) * 100}%` }}
              />
            </span>
            <span className={styles.time}>{duration(to - from)}</span>
          </Fragment>
        );
      })}
    </div>
  );
}
