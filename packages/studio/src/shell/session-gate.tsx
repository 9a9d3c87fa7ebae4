// Nothing of the studio is shown before the token is there. Without a session: how to get one.

import { Button, Link, makeStyles, Text, tokens } from '@fluentui/react-components';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { accessToken, signInElsewhere, SignInRequired } from '../api/session.ts';
import { CodeBlock } from '../design/copy.tsx';
import { Wordmark } from '../design/mark.tsx';
import { ErrorState } from '../design/states.tsx';

type State = { readonly kind: 'asking' } | { readonly kind: 'in' } | { readonly kind: 'out' } | { readonly kind: 'failed'; readonly error: unknown };

const ended = new EventTarget();

/** A call found that the session is over: the gate closes. */
export function sessionEnded(): void {
  ended.dispatchEvent(new Event('ended'));
}

const useStyles = makeStyles({
  page: {
    display: 'grid',
    placeItems: 'center',
    height: '100%',
    overflowY: 'auto',
    padding: '32px 20px',
    backgroundColor: tokens.colorNeutralBackground3,
    backgroundImage: `radial-gradient(1100px 520px at 50% -12%, ${tokens.colorBrandBackground2}, transparent 70%)`,
  },
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '18px',
    width: '100%',
    maxWidth: '440px',
    padding: '40px 40px 34px',
    borderRadius: '16px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxShadow: tokens.shadow16,
  },
  title: { margin: '10px 0 0', fontSize: '24px', lineHeight: '32px', fontWeight: 600, letterSpacing: '-0.01em' },
  quiet: { color: tokens.colorNeutralForeground2 },
  foot: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '16px', marginTop: '4px' },
});

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const enter = useCallback(() => {
    accessToken().then(
      () => setState({ kind: 'in' }),
      (error: unknown) => setState(error instanceof SignInRequired ? { kind: 'out' } : { kind: 'failed', error }),
    );
  }, []);
  useEffect(enter, [enter]);
  useEffect(() => {
    const close = (): void => setState({ kind: 'out' });
    ended.addEventListener('ended', close);
    return () => ended.removeEventListener('ended', close);
  }, []);
  const isOut = state.kind === 'out' || state.kind === 'failed';
  useEffect(() => {
    // Why: the link of `lazurite login` opens in another tab; coming back to this one is enough.
    if (!isOut) return;
    const look = (): void => {
      if (document.visibilityState === 'visible') enter();
    };
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [isOut, enter]);
  if (state.kind === 'in') return children;
  if (state.kind === 'asking') return null;
  return <SignInPage error={state.kind === 'failed' ? state.error : undefined} onRetry={enter} />;
}

function SignInPage({ error, onRetry }: { readonly error: unknown; onRetry(): void }) {
  const styles = useStyles();
  useEffect(() => {
    document.title = 'Sign in · Lazurite';
  }, []);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Wordmark size={30} />
        <h1 className={styles.title}>Sign in</h1>
        <Text className={styles.quiet}>Run this on the machine where Lazurite runs. It opens a link that signs this browser in, once.</Text>
        <CodeBlock text="npx lazurite login" label="Copy command" />
        {error === undefined ? null : <ErrorState error={error} />}
        <div className={styles.foot}>
          <Link as="button" onClick={() => void signInElsewhere()}>
            Sign in with a password or a provider
          </Link>
          <Button appearance="primary" onClick={onRetry}>
            I have signed in
          </Button>
        </div>
      </div>
    </main>
  );
}
