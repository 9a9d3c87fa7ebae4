// Says over every page that the server is away; when it is back, everything is asked again.

import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answered, look, subscribe, useReachable } from '../api/reachable.ts';

const useStyles = makeStyles({ bar: { borderRadius: 0 } });

export function ConnectionBanner() {
  const styles = useStyles();
  const queries = useQueryClient();
  const isReachable = useReachable();
  useEffect(
    () =>
      subscribe(() => {
        if (answered()) void queries.invalidateQueries();
      }),
    [queries],
  );
  if (isReachable) return null;
  return (
    <MessageBar intent="warning" className={styles.bar} role="status">
      <MessageBarBody>
        <MessageBarTitle>The server does not answer</MessageBarTitle>
        What is shown may be old. Start it again with “npx lazurite up”; the page goes on by itself.
      </MessageBarBody>
      <MessageBarActions>
        <Button size="small" onClick={look}>
          Try now
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
