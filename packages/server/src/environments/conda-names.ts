// What a conda package is called on PyPI, and which conda packages are no Python packages at all.
// Source: findings-engines.md §6; conda-forge's and PyPI's own pages of the names listed.

/** Only where the names differ in more than case, `-` and `_`. */
const PYPI_NAMES: Readonly<Record<string, string>> = {
  pytorch: 'torch',
  'pytorch-cpu': 'torch',
  'pytorch-gpu': 'torch',
  'torchvision-cpu': 'torchvision',
  pytorch_geometric: 'torch-geometric',
  pyg: 'torch-geometric',
  'tensorflow-gpu': 'tensorflow',
  'tensorflow-base': 'tensorflow',
  'keras-gpu': 'keras',
  'py-xgboost': 'xgboost',
  'py-xgboost-cpu': 'xgboost',
  'py-xgboost-gpu': 'xgboost',
  'py-lightgbm': 'lightgbm',
  'matplotlib-base': 'matplotlib',
  'seaborn-base': 'seaborn',
  'dask-core': 'dask',
  opencv: 'opencv-python-headless',
  'py-opencv': 'opencv-python-headless',
  'msgpack-python': 'msgpack',
  pytables: 'tables',
  'python-graphviz': 'graphviz',
  pyqt: 'PyQt5',
  ruamel_yaml: 'ruamel.yaml',
  psycopg2: 'psycopg2-binary',
  'pyarrow-core': 'pyarrow',
  bs4: 'beautifulsoup4',
  faiss: 'faiss-cpu',
  'python-kubernetes': 'kubernetes',
  'ray-core': 'ray',
  'ray-default': 'ray[default]',
  'ray-tune': 'ray[tune]',
};

/** They only choose which linear algebra library conda links against; a wheel brings its own. */
const MEANINGLESS = new Set(['nomkl', 'mkl', 'blas', 'openblas', 'libblas', 'liblapack', 'intel-openmp', 'cpuonly']);

const NOT_PYTHON = new Set(
  (
    'cudatoolkit cudatoolkit-dev cudnn nccl pytorch-cuda cutensor cuda gcc gxx gfortran clang clangxx llvm compilers make automake autoconf pkg-config binutils ' +
    'openmpi mpich openmpi-mpicc ucx openjdk java-jdk maven nodejs git git-lfs curl wget tar unzip openssh rsync ffmpeg graphviz imagemagick poppler tesseract sox ' +
    'gdal geos proj hdf5 netcdf4-c sqlite postgresql mysql redis openssl ca-certificates certifi-system zlib bzip2 xz lz4-c zstd-c readline ncurses tk tcl expat icu ' +
    'freetype fontconfig fonts-conda-forge jpeg glib perl ruby go rust r rstudio julia octave binutils_impl_linux-64 ld_impl_linux-64 _libgcc_mutex _openmp_mutex conda mamba'
  ).split(' '),
);
const NOT_PYTHON_PREFIXES = ['r-', 'cuda-', 'gcc_', 'gxx_', 'gfortran_', 'clang_', 'sysroot_', 'kernel-headers_', 'font-', 'xorg-', 'perl-'];
/** Python packages that begin like a C library. */
const PYTHON_LIBS = new Set(['librosa', 'libcst', 'libsass', 'libtpu', 'liblinear-official', 'libclang', 'libarchive-c', 'librt', 'libusb1']);

export type PypiName = { readonly kind: 'package'; readonly name: string } | { readonly kind: 'meaningless' } | { readonly kind: 'notPython' };

export function pypiName(condaName: string): PypiName {
  const name = condaName.toLowerCase();
  if (MEANINGLESS.has(name)) return { kind: 'meaningless' };
  const isLibrary = name.startsWith('lib') && !PYTHON_LIBS.has(name);
  if (NOT_PYTHON.has(name) || isLibrary || NOT_PYTHON_PREFIXES.some((prefix) => name.startsWith(prefix))) return { kind: 'notPython' };
  return { kind: 'package', name: PYPI_NAMES[name] ?? name };
}
