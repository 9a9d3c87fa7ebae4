// A text to filter by: what is typed counts a moment later, and what the address says counts at once.

import { makeStyles, mergeClasses, SearchBox } from '@fluentui/react-components';
import { useEffect, useEffectEvent, useState } from 'react';

const useStyles = makeStyles({ field: { width: '260px', maxWidth: '100%' }, narrow: { width: '170px' } });

export function TextFilter(props: { readonly label: string; readonly hint?: string; readonly text: string; readonly isNarrow?: boolean; onChange(text: string): void }) {
  const styles = useStyles();
  const { text, onChange } = props;
  const [typed, setTyped] = useState(text);
  const [known, setKnown] = useState(text);
  const [sent, setSent] = useState(text);
  if (known !== text) {
    setKnown(text);
    // Why: the address also comes back with what was sent from here, perhaps while more is being typed.
    if (text !== sent) setTyped(text);
  }
  const send = useEffectEvent(() => {
    setSent(typed);
    onChange(typed);
  });
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => send(), 220);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return (
    <SearchBox
      className={mergeClasses(styles.field, props.isNarrow === true && styles.narrow)}
      aria-label={props.label}
      placeholder={props.hint ?? props.label}
      value={typed}
      onChange={(_, { value }) => setTyped(value)}
    />
  );
}
