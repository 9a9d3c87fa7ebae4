// Logs: live, searchable, as long as they are. Follows the end until somebody scrolls up.

import { Button, Checkbox, Dropdown, makeStyles, Option, SearchBox, Text, tokens, Tooltip } from '@fluentui/react-components';
import { ArrowDown20Regular, ArrowDownload20Regular, ChevronDown20Regular, ChevronUp20Regular, DocumentText24Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearchParams } from 'react-router';
import { download, runFiles } from '../../api/files.ts';
import { logsQuery } from '../../api/queries.ts';
import type { JobRow, LogFile } from '../../api/types.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { size } from '../../design/format.ts';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { isTerminal } from '../../design/status.tsx';
import { LogLine } from './log-line.tsx';
import { useLog } from './log-reader.ts';

const LINE_HEIGHT = 20;

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', flex: '1 1 auto', minHeight: 0 },
  tools: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px', padding: '12px 32px' },
  file: { minWidth: '220px' },
  search: { width: '220px' },
  found: { color: tokens.colorNeutralForeground3, minWidth: '64px', fontVariantNumeric: 'tabular-nums' },
  space: { flex: '1 1 auto' },
  log: {
    flex: '1 1 auto',
    minHeight: 0,
    overflow: 'auto',
    margin: '0 32px 24px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: '10px',
    backgroundColor: tokens.colorNeutralBackground2,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '12.5px',
    lineHeight: `${LINE_HEIGHT}px`,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  lines: { position: 'relative', width: 'max-content', minWidth: '100%' },
  state: { padding: '20px 32px' },
  end: { padding: '0 32px 8px', display: 'flex', gap: '8px', flexWrap: 'wrap', color: tokens.colorNeutralForeground3 },
});

export function LogsTab({ job }: { readonly job: JobRow }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const { data, error, refetch, isPending } = useQuery(logsQuery(workspace, job.runId));
  const [parameters] = useSearchParams();
  if (isPending || error !== null) {
    return <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div>;
  }
  const file = data.find((log) => log.path === parameters.get('file')) ?? data.find((log) => log.path.startsWith('user_logs/')) ?? data[0];
  if (file === undefined) {
    return (
      <EmptyState icon={<DocumentText24Regular />} title={isTerminal(job.status) ? 'No logs' : 'No logs yet'}>
        {isTerminal(job.status) ? 'This job ended without writing a line.' : 'What the job prints appears here as it is printed; no need to reload.'}
      </EmptyState>
    );
  }
  return <LogView key={`${job.runId} ${file.path}`} job={job} files={data} file={file} />;
}

function LogView({ job, files, file }: { readonly job: JobRow; readonly files: readonly LogFile[]; readonly file: LogFile }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const [parameters, setParameters] = useSearchParams();
  const linkedLine = useLinkedLine();
  const reading = useLog(workspace, job.runId, file.path, file.sizeBytes);
  const { model, isComplete, skippedBytes, error } = reading;
  const [isFollowing, setFollowing] = useState(linkedLine === undefined && !isTerminal(job.status));
  const [text, setText] = useState('');
  const [isOnlyMatching, setOnlyMatching] = useState(false);
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text);
  const found = useMemo(() => reading.model.find(wanted), [reading, wanted]);
  const isFiltered = isOnlyMatching && wanted !== '';
  const count = isFiltered ? found.length : model.lineCount;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => LINE_HEIGHT, overscan: 30 });
  const current = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    if (isFollowing && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [isFollowing, count, virtual]);
  useEffect(() => {
    if (current !== undefined && !isFiltered) virtual.scrollToIndex(current, { align: 'center' });
  }, [current, isFiltered, virtual]);
  const isLinkReady = linkedLine !== undefined && model.lineCount > linkedLine;
  useEffect(() => {
    if (isLinkReady) virtual.scrollToIndex(linkedLine, { align: 'center' });
  }, [isLinkReady, linkedLine, virtual]);

  const step = (by: number): void => {
    setFollowing(false);
    setAt((index) => (found.length === 0 ? 0 : (Math.min(index, found.length - 1) + by + found.length) % found.length));
  };
  const choose = (path: string): void => {
    const next = new URLSearchParams(parameters);
    next.set('file', path);
    setParameters(next, { replace: true });
  };
  const digits = Math.max(3, String(model.lineCount).length);
  return (
    <div className={styles.frame}>
      <div className={styles.tools}>
        <Dropdown
          className={styles.file}
          aria-label="Log file"
          value={file.path}
          selectedOptions={[file.path]}
          onOptionSelect={(_, { optionValue }) => optionValue !== undefined && choose(optionValue)}
        >
          {files.map((log) => (
            <Option key={log.path} value={log.path} text={log.path}>
              {`${log.path} (${size(log.sizeBytes)})`}
            </Option>
          ))}
        </Dropdown>
        <SearchBox
          className={styles.search}
          aria-label="Search in the log"
          placeholder="Search"
          value={text}
          onChange={(_, { value }) => {
            setText(value);
            setAt(0);
            if (value !== '') setFollowing(false);
          }}
          onKeyDown={(event) => event.key === 'Enter' && step(event.shiftKey ? -1 : 1)}
        />
        {text === '' ? null : (
          <>
            <Text className={styles.found} aria-live="polite">
              {found.length === 0 ? 'not found' : `${Math.min(at, found.length - 1) + 1} of ${found.length.toLocaleString('en-US')}`}
            </Text>
            <Button appearance="subtle" aria-label="Previous match" icon={<ChevronUp20Regular />} disabled={found.length === 0} onClick={() => step(-1)} />
            <Button appearance="subtle" aria-label="Next match" icon={<ChevronDown20Regular />} disabled={found.length === 0} onClick={() => step(1)} />
            <Checkbox label="Only matching lines" checked={isOnlyMatching} onChange={(_, { checked }) => setOnlyMatching(checked === true)} />
          </>
        )}
        <span className={styles.space} />
        <Button appearance={isFollowing ? 'primary' : 'secondary'} aria-pressed={isFollowing} icon={<ArrowDown20Regular />} onClick={() => setFollowing((is) => !is)}>
          {isFollowing ? 'Following' : 'Follow'}
        </Button>
        <Tooltip content="Download this log" relationship="label">
          <Button icon={<ArrowDownload20Regular />} onClick={() => void download(runFiles(workspace, job.runId), file.path)} />
        </Tooltip>
      </div>
      {error === null ? null : (
        <div className={styles.state}>
          <ErrorState error={error} />
        </div>
      )}
      {skippedBytes > 0 ? <Text className={styles.end}>The first {size(skippedBytes)} are not shown; download the file to see them.</Text> : null}
      <div
        ref={scroller}
        className={styles.log}
        role="log"
        aria-label={file.path}
        aria-live="off"
        tabIndex={0}
        onWheel={(event) => event.deltaY < 0 && setFollowing(false)}
        onKeyDown={(event) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && setFollowing(false)}
      >
        <div className={styles.lines} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const index = isFiltered ? (found[item.index] ?? 0) : item.index;
            return (
              <LogLine
                key={index}
                index={index}
                text={model.line(index)}
                top={item.start}
                digits={digits}
                wanted={wanted}
                isCurrent={index === current && wanted !== ''}
                isLinked={index === linkedLine}
              />
            );
          })}
        </div>
      </div>
      <div className={styles.end} aria-live="off">
        <Text size={200}>
          {model.lineCount.toLocaleString('en-US')} lines, {size(skippedBytes + model.sizeBytes)}
          {isComplete ? (isTerminal(job.status) ? '' : ' · live') : ' · loading…'}
        </Text>
      </div>
    </div>
  );
}

/** The line that the address points to (`#L12`), from 0. */
function useLinkedLine(): number | undefined {
  const { hash } = useLocation();
  const match = /^#L(\d{1,9})$/.exec(hash);
  return match === null ? undefined : Number(match[1]) - 1;
}
