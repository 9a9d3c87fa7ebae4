// A look into a file: text and pictures. Pictures become data: addresses of known raster types, so nothing in them can run.

import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { download, type FileTree, readFileRange } from '../../api/files.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { size } from '../../design/format.ts';
import { Section } from '../../design/layout.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';

const TEXT_BYTES = 256 * 1024;
const PICTURE_BYTES = 8 * 1024 * 1024;
const PICTURES: Readonly<Record<string, string>> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' };

const useStyles = makeStyles({
  picture: { maxWidth: '100%', borderRadius: '6px', display: 'block', border: `1px solid ${tokens.colorNeutralStroke3}` },
  quiet: { color: tokens.colorNeutralForeground3, display: 'block', marginTop: '8px' },
});

export function FilePreview({ tree, path }: { readonly tree: FileTree; readonly path: string }) {
  const styles = useStyles();
  const name = path.split('/').at(-1) ?? path;
  const picture = PICTURES[name.split('.').at(-1)?.toLowerCase() ?? ''];
  const limit = picture === undefined ? TEXT_BYTES : PICTURE_BYTES;
  const { data, error, isPending } = useQuery({
    queryKey: [...tree.queryKey, 'content', path],
    queryFn: ({ signal }) => readFileRange(tree, path, 0, limit, signal),
  });
  return (
    <Section
      title={name}
      aside={
        <Button size="small" icon={<ArrowDownload20Regular />} onClick={() => void download(tree, path)}>
          Download
        </Button>
      }
    >
      {isPending ? <Loading /> : null}
      {error === null ? null : <ErrorState error={error} />}
      {data === undefined ? null : picture !== undefined && data.sizeBytes <= PICTURE_BYTES ? (
        <img className={styles.picture} src={dataAddress(picture, data.bytes)} alt={name} />
      ) : isText(data.bytes) ? (
        <CodeBlock text={new TextDecoder().decode(data.bytes)} label={`Copy ${name}`} />
      ) : (
        <Text>This is not text ({size(data.sizeBytes)}). Download it to open it.</Text>
      )}
      {data !== undefined && data.sizeBytes > data.bytes.byteLength ? (
        <Text size={200} className={styles.quiet}>
          The first {size(data.bytes.byteLength)} of {size(data.sizeBytes)}.
        </Text>
      ) : null}
    </Section>
  );
}

/** No NUL byte in what was read: what most tools mean by text. */
function isText(bytes: Uint8Array): boolean {
  return !bytes.subarray(0, 8192).includes(0);
}

function dataAddress(type: string, bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return `data:${type};base64,${btoa(binary)}`;
}
