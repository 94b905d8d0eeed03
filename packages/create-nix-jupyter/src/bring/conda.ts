import { keyOf } from '../base/names.js'
import type { Left, Requirement } from './brought.js'
import { parseRequirement } from './requirement.js'

// A match specification of conda: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html

/** What conda and PyPI call by different names. */
const PYPI_NAMES = new Map([
  ['py-opencv', 'opencv-python'],
  ['opencv', 'opencv-python'],
  ['pytorch', 'torch'],
  ['pytorch-cpu', 'torch'],
  ['pytorch-gpu', 'torch'],
  ['tensorflow-gpu', 'tensorflow'],
  ['matplotlib-base', 'matplotlib'],
  ['dask-core', 'dask'],
  ['pytables', 'tables'],
  ['python-graphviz', 'graphviz'],
  ['py-xgboost', 'xgboost'],
  ['msgpack-python', 'msgpack'],
  ['psycopg2', 'psycopg2-binary'],
  ['pyqt', 'pyqt5'],
  ['faiss', 'faiss-cpu'],
  ['faiss-gpu', 'faiss-cpu'],
  ['ruamel_yaml', 'ruamel-yaml'],
  ['geopandas-base', 'geopandas'],
])

/** Programs that people also put into a conda environment, and what nixpkgs calls them. */
const PROGRAMS = new Map(
  Object.entries({
    ffmpeg: 'ffmpeg',
    git: 'git',
    'git-lfs': 'git-lfs',
    nodejs: 'nodejs',
    graphviz: 'graphviz',
    pandoc: 'pandoc',
    imagemagick: 'imagemagick',
    curl: 'curl',
    wget: 'wget',
    jq: 'jq',
    make: 'gnumake',
    cmake: 'cmake',
    openjdk: 'jdk',
    tesseract: 'tesseract',
    poppler: 'poppler-utils',
    quarto: 'quarto',
    gh: 'gh',
    r: 'R',
    'r-base': 'R',
    julia: 'julia',
    sqlite: 'sqlite',
    unzip: 'unzip',
    zip: 'zip',
  }),
)

const LIBRARY =
  /^(_.*|lib[a-z0-9].*|ld_impl.*|openssl|zlib|bzip2|xz|tk|ncurses|readline|ca-certificates|mkl(-.*|_.*)?|intel-openmp|blas(-.*)?|openblas|nomkl|cudatoolkit(-dev)?|cuda(-.*)?|cudnn|nccl|pytorch-cuda|pytorch-mutex|gcc.*|gxx.*|gfortran.*|compilers|c-compiler|cxx-compiler|binutils.*|sysroot.*|kernel-headers.*|vc|vc14_runtime|vs20\d\d.*|ucrt|m2w64-.*|tbb|expat|icu|freetype|jpeg|libpng|qt(-main|-webengine)?|zstd|lz4-c|krb5|yaml|tzdata|hdf5|proj|geos|gdal-data|menuinst|console_shortcut|winpty|conda.*|mamba|anaconda.*|python_abi)$/

/** R packages and the like belong to other languages. */
const OTHER_LANGUAGE = /^(r-.+|bioconductor-.+|perl-.+|perl|ruby|rb-.+)$/

/** What one line of conda's dependencies asks for. */
export type FromConda =
  | { readonly requirement: Requirement; readonly note?: Omit<Left, 'where'> }
  | { readonly python: string }
  | Omit<Left, 'where'>

/** Reads one line of conda's dependencies, such as `conda-forge::numpy=1.26`. */
export function readConda(text: string): FromConda {
  const bare = text
    .replace(/^[^\s]*::/, '')
    .replace(/\s*#.*$/, '')
    .trim()
  const [, typed = '', bracket = '', rest = ''] =
    /^([A-Za-z0-9_][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(.*)$/.exec(bare) ?? []
  const name = typed.toLowerCase()
  const version = versionOf(/\bversion=(["']?)([^"']+)\1/.exec(bracket)?.[2]?.trim() ?? rest.trim())
  if (name === 'python') return { python: version ?? '' }
  const why = whyNot(name)
  if (why) return { what: bare || text, why }
  const requirement = parseRequirement(`${PYPI_NAMES.get(name) ?? typed}${version ?? ''}`)
  if (!requirement) return { what: bare || text, why: 'it is not the name of a Python package' }
  return version === undefined ? { requirement, note: { what: text, why: NO_VERSION } } : { requirement }
}

const NO_VERSION = 'brought without its version, which pip cannot be asked for'

function whyNot(name: string): string | undefined {
  const program = PROGRAMS.get(name)
  if (program) return `it is a program: write pkgs.${program} into packages in flake.nix`
  if (name === 'pip' || name === 'setuptools' || name === 'wheel' || name === 'uv') return 'the project brings its own'
  if (OTHER_LANGUAGE.test(name)) return 'it is not a package of Python'
  if (LIBRARY.test(keyOf(name)) || LIBRARY.test(name))
    return 'it is a library of the system: what needs it brings it along'
  return undefined
}

/** `=1.2` is any 1.2.x, `==1.2` is that one, a second `=` names a build; undefined for what PyPI has no words for. */
function versionOf(text: string): string | undefined {
  const spaced = text.replace(/\s*,\s*/g, ',').replace(/([<>=!~])\s+/g, '$1')
  const [version = '', ...build] = spaced.split(/\s+|(?<=[A-Za-z0-9.*])=(?!=)/)
  if (version === '' || version === '*') return ''
  if (/[|^$]/.test(version)) return undefined
  const clauses = version.split(',').map((clause) => {
    const [, operator = '', number = ''] = /^(=|==|!=|>=|<=|>|<|~=)?([0-9A-Za-z.*!+_]+)$/.exec(clause) ?? []
    const bare = number.replace(/\.?\*$/, '')
    if (!number || !bare) return undefined
    if (operator === '' || operator === '=') {
      const isExact = !number.endsWith('*') && (build.length > 0 || (operator === '' && spaced === version))
      return isExact ? `==${bare}` : `==${bare}.*`
    }
    return number.endsWith('*') && operator !== '==' && operator !== '!='
      ? `${operator}${bare}`
      : `${operator}${number}`
  })
  return clauses.some((clause) => clause === undefined) ? undefined : clauses.join(',')
}
