// Layers and cycles. Imports point downwards only; siblings of a row never import each other.
// Rows from the top: main, compose > http > resources, planes > arm, identity, tracking, jobs, environments
// > storage, blobs, vault, work > config, telemetry > kernel.

const src = (folder) => `^packages/server/src/${folder}/`;
const rows = [['http'], ['resources', 'planes'], ['arm', 'identity', 'tracking', 'jobs', 'environments'], ['storage', 'blobs', 'vault', 'work', 'outbound'], ['config', 'telemetry'], ['kernel']];

const BUILDS_ON = { work: ['storage'], blobs: ['storage', 'work'], vault: ['storage', 'work'] };

const layers = rows.flatMap((row, level) =>
  row.map((folder) => ({
    name: `${folder}-imports-only-downwards`,
    severity: 'error',
    from: { path: src(folder), pathNot: '\\.test\\.tsx?$' },
    to: {
      path: [
        '^packages/server/src/(main|compose)[./]',
        ...rows.slice(0, level).flat().map(src),
        // Within their row work/ builds on storage/, blobs/ and vault/ on both; every other pair of siblings is closed.
        ...row.filter((sibling) => sibling !== folder && !(BUILDS_ON[folder] ?? []).includes(sibling)).map(src),
      ],
    },
  })),
);

export default {
  forbidden: [
    ...layers,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^packages/server/src', pathNot: '\\.(test|d)\\.ts$' }, to: {} },
    { name: 'sql-only-in-storage', severity: 'error', from: { path: '^packages/server/src', pathNot: src('storage') }, to: { path: 'node_modules/(kysely|pg)/' } },
    { name: 'fastify-only-in-http', severity: 'error', from: { path: '^packages/server/src', pathNot: src('http') }, to: { path: 'node_modules/(@fastify|fastify)/' } },
    {
      name: 'planes-do-not-import-planes',
      severity: 'error',
      from: { path: '^packages/server/src/planes/([^/]+)/' },
      to: { path: '^packages/server/src/planes/([^/]+)/', pathNot: '^packages/server/src/planes/$1/' },
    },
    { name: 'server-knows-no-client', severity: 'error', from: { path: '^packages/server/src', pathNot: '\\.test\\.ts$' }, to: { path: ['node_modules/@azure/', '^packages/(cli|studio|testkit)/'] } },
    {
      name: 'folders-private-below',
      severity: 'error',
      comment: 'a module is entered through the files directly in its folder',
      from: { path: '^packages/server/src/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/server/src/([^/]+)/[^/]+/', pathNot: ['^packages/server/src/$1/', '^packages/server/src/(planes|resources)/', '^packages/server/src/storage/tables/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'], conditionNames: ['import', 'node', 'default'] },
  },
};
