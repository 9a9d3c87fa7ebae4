// The environment variables of a build: what reaches the package index from this machine, and nothing else of the server's.

const EXACT = new Set(
  'PATH HOME USER LOGNAME LANG LC_ALL TMPDIR TEMP TMP NETRC SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE CONDARC MAMBARC CC CXX CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH CUDA_HOME'.split(
    ' ',
  ),
);
const PREFIXES = ['PIP_', 'UV_', 'CONDA_PKGS', 'CONDA_CHANNELS', 'CONDA_SSL', 'MAMBA_ROOT', 'XDG_CACHE', 'XDG_CONFIG'];
const PROXIES = new Set(['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'ftp_proxy']);
/** They would send the packages somewhere else than into the environment. */
const REFUSED = new Set([
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_USER',
  'PIP_ROOT',
  'PIP_REQUIREMENT',
  'PIP_CONSTRAINT',
  'PIP_PYTHON',
  'PIP_REQUIRE_VIRTUALENV',
  'PIP_DRY_RUN',
  'UV_PYTHON',
  'UV_PROJECT_ENVIRONMENT',
  'UV_SYSTEM_PYTHON',
]);

export function buildEnvironment(host: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined || REFUSED.has(name)) continue;
    if (EXACT.has(name) || PROXIES.has(name.toLowerCase()) || PREFIXES.some((prefix) => name.startsWith(prefix))) result[name] = value;
  }
  return { ...result, PYTHONUNBUFFERED: '1', PYTHONNOUSERSITE: '1', PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore', NO_COLOR: '1' };
}

const UV_NAMES: Readonly<Record<string, string>> = {
  'index-url': 'UV_DEFAULT_INDEX',
  'extra-index-url': 'UV_INDEX',
  'find-links': 'UV_FIND_LINKS',
  'trusted-host': 'UV_INSECURE_HOST',
  'no-index': 'UV_NO_INDEX',
  cert: 'SSL_CERT_FILE',
};

/** Newer and older name of one setting: pip trusts what the machine trusts, uv only its own list unless it is told so. */
const SYSTEM_TRUST = ['UV_SYSTEM_CERTS', 'UV_NATIVE_TLS'];

/** pip's configuration (files and variables, as `pip config list` prints it) in uv's words: uv reads none of it itself. */
export function uvEnvironment(pipConfig: string, environment: Readonly<Record<string, string>>): Record<string, string> {
  const trustSaid = SYSTEM_TRUST.some((name) => environment[name] !== undefined);
  const result: Record<string, string> = trustSaid ? {} : Object.fromEntries(SYSTEM_TRUST.map((name) => [name, 'true']));
  for (const line of pipConfig.split('\n')) {
    const match = /^(?:global|install|:env:)\.([a-z-]+)='(.*)'$/.exec(line.trim());
    const target = match?.[1] === undefined ? undefined : UV_NAMES[match[1]];
    const value = match?.[2];
    if (target === undefined || value === undefined || environment[target] !== undefined) continue;
    // pip separates several values by spaces (printed as \n); uv wants commas for links, spaces for the others.
    const values = value.split(/\\n|\s+/).filter(Boolean);
    result[target] = values.join(target === 'UV_FIND_LINKS' ? ',' : ' ');
  }
  return result;
}
