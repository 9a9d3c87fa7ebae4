// The mark: a cut stone of lapis lazuli with its fleck of gold, and the wordmark.

import { makeStyles, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  wordmark: { display: 'inline-flex', alignItems: 'center', gap: '10px', color: tokens.colorNeutralForeground1, fontWeight: 600, letterSpacing: '-0.01em' },
});

export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path fill="#1b2f8f" d="M16 2 28 9.500v13L16 30 4 22.500v-13z" />
      <path fill="#3556d6" d="M16 2 28 9.500 16 16 4 9.500z" />
      <path fill="#2541b2" d="M4 9.500 16 16v14L4 22.500z" />
      <path fill="#6f8bf0" d="m16 2 5.500 7.200L16 16l-5.500-6.800z" />
      <path fill="#e3b04b" d="m21.800 17.300 1 2.100 2.100 1-2.100 1-1 2.100-1-2.100-2.100-1 2.100-1z" />
    </svg>
  );
}

export function Wordmark({ size = 24 }: { readonly size?: number }) {
  const styles = useStyles();
  return (
    <span className={styles.wordmark} style={{ fontSize: Math.round(size * 0.7) }}>
      <Mark size={size} />
      <span data-part="word">Lazurite</span>
    </span>
  );
}
