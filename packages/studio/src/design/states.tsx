// What a pane shows when it has nothing, is not there yet, or went wrong.

import { Button, makeStyles, Skeleton, SkeletonItem, Text, tokens } from '@fluentui/react-components';
import { ErrorCircle20Regular } from '@fluentui/react-icons';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { CodeBlock, CopyButton } from './copy.tsx';

const useStyles = makeStyles({
  empty: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    textAlign: 'center',
    gap: '10px',
    padding: '56px 24px',
    margin: 'auto',
    maxWidth: '560px',
    width: '100%',
  },
  icon: {
    display: 'grid',
    placeItems: 'center',
    width: '56px',
    height: '56px',
    marginBottom: '6px',
    borderRadius: tokens.borderRadiusCircular,
    color: tokens.colorBrandForeground1,
    backgroundColor: tokens.colorBrandBackground2,
  },
  lead: { color: tokens.colorNeutralForeground2, textWrap: 'balance', textAlign: 'center', overflowWrap: 'anywhere', maxWidth: '100%' },
  command: { width: '100%', marginTop: '10px', textAlign: 'left' },
  error: {
    display: 'grid',
    gridTemplateColumns: '20px 1fr',
    columnGap: '12px',
    rowGap: '6px',
    padding: '16px 18px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorPaletteRedBorder1}`,
    backgroundColor: tokens.colorPaletteRedBackground1,
    maxWidth: '820px',
  },
  errorIcon: { color: tokens.colorPaletteRedForeground1 },
  errorBody: { gridColumn: 2, overflowWrap: 'anywhere' },
  errorList: { gridColumn: 2, margin: 0, paddingLeft: '18px', overflowWrap: 'anywhere' },
  errorFoot: { gridColumn: 2, display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  request: { display: 'inline-flex', alignItems: 'center' },
  skeleton: { display: 'grid', gap: '14px', padding: '8px 0', width: '100%' },
});

export function EmptyState(props: { readonly icon: ReactNode; readonly title: string; readonly children?: ReactNode; readonly command?: string; readonly action?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.empty}>
      <span className={styles.icon} aria-hidden="true">
        {props.icon}
      </span>
      <Text as="h2" size={500} weight="semibold" align="center">
        {props.title}
      </Text>
      {props.children === undefined ? null : <Text className={styles.lead}>{props.children}</Text>}
      {props.action}
      {props.command === undefined ? null : (
        <div className={styles.command}>
          <CodeBlock text={props.command} label="Copy command" />
        </div>
      )}
    </div>
  );
}

export function ErrorState({ error, title, onRetry }: { readonly error: unknown; readonly title?: string; readonly onRetry?: () => void }) {
  const styles = useStyles();
  const api = error instanceof ApiError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const further = (api?.details ?? []).filter((detail) => !message.includes(detail.message));
  return (
    <div className={styles.error} role="alert">
      <ErrorCircle20Regular className={styles.errorIcon} />
      <Text weight="semibold">{title ?? titleOf(api)}</Text>
      <Text className={styles.errorBody}>{message}</Text>
      {further.length === 0 ? null : (
        <ul className={styles.errorList}>
          {further.map((detail) => (
            <li key={`${detail.target} ${detail.message}`}>{detail.message}</li>
          ))}
        </ul>
      )}
      <span className={styles.errorFoot}>
        {api === undefined ? null : <span>{api.code}</span>}
        {api === undefined || api.requestId === '' ? null : (
          <span className={styles.request}>
            Request {api.requestId}
            <CopyButton text={api.requestId} label="Copy request id" />
          </span>
        )}
        {onRetry === undefined ? null : (
          <Button size="small" onClick={onRetry}>
            Try again
          </Button>
        )}
      </span>
    </div>
  );
}

function titleOf(error: ApiError | undefined): string {
  switch (error?.status) {
    case undefined:
      return 'This could not be shown';
    case 0:
      return 'The server is not there';
    case 403:
      return 'You may not see this';
    case 404:
      return 'There is no such thing here';
    case 409:
      return 'Not possible in this state';
    default:
      return 'The server refused';
  }
}

/** Grey lines where content will be; nothing at all for the first 200 ms. */
export function Loading({ lines = 5 }: { readonly lines?: number }) {
  const styles = useStyles();
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!isDue) return null;
  return (
    <Skeleton className={styles.skeleton} aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <SkeletonItem key={i} size={20} style={{ width: `${92 - ((i * 17) % 40)}%` }} />
      ))}
    </Skeleton>
  );
}
