// Redaction: what never reaches a log. Fields by name, and values by pattern wherever they stand in a line
// (URLs inside error messages carry signatures).

/** Names of fields whose value is replaced, at the top of a record and one level below. */
export const SECRET_FIELDS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'secret',
  'secrets',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'password',
  'token',
  'access_token',
  'accessToken',
  'refresh_token',
  'id_token',
  'code_verifier',
  'key1',
  'key2',
  'accountKey',
  'primaryKey',
  'secondaryKey',
  'sig',
  'sas',
  'sasToken',
  'connectionString',
  'x-identity-header',
  'identityHeader',
  'x-ms-copy-source-authorization',
] as const;

const MASK = '[redacted]';

const SECRET_PATTERNS: readonly RegExp[] = [
  // sig= of a shared access signature, and OAuth form fields, as in a URL or a form
  /([?&\s"']|^)(sig|client_secret|client_assertion|refresh_token|access_token|id_token|code|code_verifier|password)=[^&\s"'\\]+/gi,
  /(AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s"'\\]+/gi,
  /\b(Bearer|SharedKey|Basic)\s+[A-Za-z0-9._~+/:=-]{8,}/g,
];

/** The text with every known form of a credential masked. */
export function redactText(text: string): string {
  return text
    .replace(SECRET_PATTERNS[0] ?? /$^/, (_all, before: string, name: string) => `${before}${name}=${MASK}`)
    .replace(SECRET_PATTERNS[1] ?? /$^/, (_all, name: string) => `${name}=${MASK}`)
    .replace(SECRET_PATTERNS[2] ?? /$^/, (_all, scheme: string) => `${scheme} ${MASK}`);
}

/** Redaction paths in pino's notation: each field at the top and under any member. */
export function redactionPaths(): string[] {
  return SECRET_FIELDS.flatMap((name) => {
    const quoted = `["${name}"]`;
    return [quoted, `*${quoted}`];
  });
}
