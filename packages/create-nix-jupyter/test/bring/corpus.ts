/** Files as people have them, by the shapes that occur, and what becomes of each of their lines. */
export interface Shape {
  readonly name: string
  readonly files: Readonly<Record<string, string | Buffer>>
  readonly from?: string
  /** All packages that the project then has. */
  readonly packages: readonly string[]
  /** What is told of: a part of each line about something that was not brought as it was. */
  readonly left?: readonly string[]
}

const txt = (name: string, text: string | Buffer, packages: string[], left: string[] = []): Shape => ({
  name: `requirements.txt: ${name}`,
  files: { 'requirements.txt': text },
  packages,
  left,
})
const toml = (name: string, text: string, packages: string[], left: string[] = []): Shape => ({
  name: `pyproject.toml: ${name}`,
  files: { 'pyproject.toml': text },
  packages,
  left,
})
const conda = (name: string, lines: string[], packages: string[], left: string[] = []): Shape => ({
  name: `environment.yml: ${name}`,
  files: {
    'environment.yml': `name: e\nchannels: [conda-forge]\ndependencies:\n${lines.map((l) => `  - ${l}\n`).join('')}`,
  },
  packages,
  left: [...left, 'channels'],
})

/** A notebook of Jupyter, cell by cell. */
export const notebook = (...cells: string[]) =>
  JSON.stringify({
    cells: cells.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null })),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  })

const cells = (name: string, texts: string[], packages: string[], left: string[] = []): Shape => ({
  name: `a notebook that installs: ${name}`,
  files: { 'a.ipynb': notebook(...texts) },
  packages,
  left,
})

export const CORPUS: readonly Shape[] = [
  txt('names alone', 'pandas\nnumpy\n', ['numpy', 'pandas']),
  txt('pins of pip freeze', 'numpy==1.26.4\nsix==1.16.0\n', ['numpy==1.26.4', 'six==1.16.0']),
  txt('ranges, with and without spaces', 'numpy >= 1.20, < 2\npandas>=1.5\n', ['numpy>=1.20,<2', 'pandas>=1.5']),
  txt('brackets around versions', 'numpy (>=1.20,<2)\n', ['numpy>=1.20,<2']),
  txt('compatible, excluded and arbitrary versions', 'a~=1.4.2\nb!=2.0\nc===1.0+local\n', [
    'a~=1.4.2',
    'b!=2.0',
    'c===1.0+local',
  ]),
  txt('extras', 'httpx[http2, brotli]>=0.27\n', ['httpx[http2,brotli]>=0.27']),
  txt('markers', "tomli; python_version < '3.11'\n", ["tomli; python_version < '3.11'"]),
  txt('one package with two markers', 'a==1; os_name == "posix"\na==2; os_name != "posix"\n', [
    'a==2; os_name != "posix"',
    'a==1; os_name == "posix"',
  ]),
  txt('one package twice', 'numpy>=1.20\nNumPy<2\n', ['numpy>=1.20,<2']),
  txt('comments and empty lines', '# all\n\nnumpy  # arrays\n   \n', ['numpy']),
  txt('a line that goes on', 'numpy \\\n  >=1.20\n', ['numpy>=1.20']),
  txt('line ends of Windows', 'numpy\r\npandas\r\n', ['numpy', 'pandas']),
  txt('UTF-16 of PowerShell', Buffer.from('\uFEFFnumpy==1.26.4\r\n', 'utf16le'), ['numpy==1.26.4']),
  txt('UTF-8 with a mark', '\uFEFFnumpy\n', ['numpy']),
  txt('hashes', 'a==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n', ['a==1.0'], ['hashes of 1 package']),
  txt(
    'options behind a name',
    'torch --index-url https://u:secret@x.org/whl\na==1 --hash=sha256:00\n',
    ['a==1', 'torch'],
    ['torch --index-url https://…@x.org/whl', 'hashes of 1 package'],
  ),
  txt('an editable project', '-e .\nnumpy\n', ['numpy'], ['-e .']),
  txt('a repository', 'git+https://github.com/o/r.git@main#egg=r\n', [], ['git+https://github.com/o/r.git@main#egg=r']),
  txt('a name at an address', 'r @ git+https://github.com/o/r.git\n', [], ['r @ git+https']),
  txt('what conda left for pip freeze', 'numpy @ file:///home/conda/feedstock_root/numpy\n', ['numpy'], ['numpy']),
  txt(
    'another index, with a password',
    '--extra-index-url https://u:secret@example.org/simple\na\n',
    ['a'],
    ['https://…@example.org'],
  ),
  txt('wheels and directories', './dist/a-1.0-py3-none-any.whl\n../lib\n', [], ['./dist/a-1.0', '../lib']),
  txt(
    'modules instead of packages',
    'sklearn\ncv2\nPIL\n',
    ['opencv-python', 'pillow', 'scikit-learn'],
    ['sklearn', 'cv2', 'PIL'],
  ),
  txt('modules of Python itself', 'os\njson\nnumpy\n', ['numpy'], ['os', 'json']),
  txt('packages of Windows', 'pywin32==306\ncolorama\n', ['colorama'], ['pywin32']),
  txt(
    'packages for Windows, by their markers',
    [
      'pywin32==300; sys_platform == "win32"',
      "colorama==0.4.4; platform_system=='Windows' and python_version < '4'",
      'atomicwrites; (os_name == "nt")',
      'tzdata; sys_platform == "win32" or python_version >= "3"',
      'pexpect; sys_platform != "win32"\n',
    ].join('\n'),
    ['pexpect; sys_platform != "win32"', 'tzdata; sys_platform == "win32" or python_version >= "3"'],
    ['pywin32', 'colorama', 'atomicwrites'],
  ),
  txt('a mistake of Debian', 'pkg-resources==0.0.0\nnumpy\n', ['numpy'], ['pkg-resources']),
  txt(
    'JupyterLab of another time',
    'jupyterlab==3.6.1\nnotebook\nipykernel\nnumpy\n',
    ['numpy'],
    ['jupyterlab==3.6.1', 'notebook', 'ipykernel'],
  ),
  txt('words that are no packages', 'numpy\nthis is text\n', ['numpy'], ['this is text']),
  txt('nothing', '# empty\n', []),
  {
    name: 'requirements.txt: files that include each other',
    files: { 'requirements.txt': '-r base.txt\npandas\n-r gone.txt\n', 'base.txt': 'numpy\n-r requirements.txt\n' },
    packages: ['numpy', 'pandas'],
    left: ['gone.txt'],
  },
  {
    name: 'requirements.in before the lock that was made from it',
    files: { 'requirements.in': 'numpy\n', 'requirements.txt': 'numpy==2.0.0\n' },
    packages: ['numpy'],
    left: ['requirements.txt'],
  },
  toml('the standard', '[project]\nname="a"\ndependencies=["numpy>=1.20","httpx[http2]"]\nrequires-python=">=3.10"\n', [
    'httpx[http2]',
    'numpy>=1.20',
  ]),
  toml(
    'optional groups',
    '[project]\ndependencies=["a"]\n[project.optional-dependencies]\nviz=["b"]\n[dependency-groups]\ndev=["c"]\n',
    ['a'],
    ['viz: b', 'dev: c'],
  ),
  toml(
    'groups of uv, PDM and Hatch',
    '[project]\ndependencies=["a"]\n[tool.uv]\ndev-dependencies=["b"]\n[tool.pdm.dev-dependencies]\ntest=["c"]\n[tool.hatch.envs.docs]\ndependencies=["d"]\n',
    ['a'],
    ['dev: b', 'test: c', 'docs: d'],
  ),
  toml('dependencies elsewhere', '[project]\ndynamic=["dependencies"]\n', [], ['dependencies']),
  toml(
    'Poetry',
    '[tool.poetry.dependencies]\npython="^3.10"\na="^1.2"\nb="~1.2"\nc="*"\nd={version="^0.3",extras=["x"]}\ne="1.0"\n',
    ['a>=1.2,<2', 'b>=1.2,<1.3', 'c', 'd[x]>=0.3,<0.4', 'e==1.0'],
  ),
  toml(
    'Poetry, from elsewhere and by group',
    '[tool.poetry.dependencies]\na={git="https://x/y"}\nb={version="1",optional=true}\n[tool.poetry.group.dev.dependencies]\nc="1"\n',
    [],
    ['a', 'b', 'dev: c'],
  ),
  toml(
    'Poetry, by the version of Python',
    '[tool.poetry.dependencies]\na=[{version="<2",python="<3.11"},{version=">=2",python=">=3.11",markers="os_name == \'posix\'"}]\n',
    [`a>=2; (os_name == 'posix') and python_version >= "3.11"`, 'a<2; python_version < "3.11"'],
  ),
  toml(
    'indexes with passwords',
    '[project]\ndependencies=["a"]\n[[tool.poetry.source]]\nname="p"\nurl="https://u:secret@x.org"\n[[tool.uv.index]]\nurl="https://u:secret@y.org"\n',
    ['a'],
    ['p: https://…@x.org', 'index: https://…@y.org'],
  ),
  toml(
    'pixi, with what pip has no words for, extras and parts',
    '[tool.pixi.dependencies]\nnumpy="1.20|1.21"\n[tool.pixi.pypi-dependencies]\na={version=">=1",extras=["x"]}\n[tool.pixi.feature.gpu.dependencies]\ncupy="*"\n[tool.pixi.target.linux-64.pypi-dependencies]\nb="*"\n',
    ['a[x]>=1', 'numpy'],
    ['numpy 1.20|1.21', 'target linux-64: b', 'feature gpu: cupy'],
  ),
  toml(
    'pixi',
    '[tool.pixi.dependencies]\npython="3.13.*"\nnumpy=">=1.20"\nlibblas="*"\n[tool.pixi.pypi-dependencies]\na="*"\n',
    ['a', 'numpy>=1.20'],
    ['libblas'],
  ),
  toml(
    'sources of uv',
    '[project]\ndependencies=["a"]\n[tool.uv.sources]\na={git="https://x/y"}\n',
    ['a'],
    ['tool.uv.sources.a'],
  ),
  toml(
    'groups of Rye and Hatch, and a source of Rye',
    '[project]\ndependencies=["a"]\n[tool.rye]\ndev-dependencies=["b"]\n[[tool.rye.sources]]\nname="s"\nurl="https://u:secret@x.org"\n[tool.hatch.envs.t]\nextra-dependencies=["c"]\n',
    ['a'],
    ['dev: b', 't: c', 's: https://…@x.org'],
  ),
  {
    name: 'pyproject.toml: whose list is another file, with an environment of its own',
    files: {
      'pyproject.toml': '[project]\ndynamic=["dependencies"]\n[tool.hatch.envs.default]\ndependencies=["ipykernel"]\n',
      'requirements.txt': 'duckdb\n',
    },
    packages: ['duckdb'],
    left: ['default: ipykernel'],
  },
  {
    name: 'pixi.toml',
    files: {
      'pixi.toml':
        '[workspace]\nchannels=["conda-forge"]\n[dependencies]\npython="3.13.*"\nnumpy=">=2"\n[pypi-dependencies]\na="*"\n[feature.test.dependencies]\npytest="*"\n',
    },
    packages: ['a', 'numpy>=2'],
    left: ['feature test: pytest'],
  },
  {
    name: 'Pipfile',
    files: {
      Pipfile:
        '[[source]]\nurl="https://pypi.org/simple"\nname="pypi"\n[[source]]\nurl="https://u:secret@x.org"\nname="x"\n[packages]\nnumpy="*"\na={version="==1.0",extras=["e"],index="x"}\nb={git="https://x/y"}\n[dev-packages]\npytest="*"\n[requires]\npython_version="3.13"\n',
    },
    packages: ['a[e]==1.0', 'numpy'],
    left: ['b', 'dev: pytest', 'x: https://…@x.org'],
  },
  {
    name: 'lists beside the list: those that have more are named',
    files: {
      'requirements.txt': '-r requirements_base.txt\nnumpy\n',
      'requirements_base.txt': 'pandas\n',
      'requirements-dev.txt': 'pytest\n',
      'environment-gpu.yml': 'dependencies: [cupy]\n',
      'dev-requirements.txt': '# none\n',
    },
    packages: ['numpy', 'pandas'],
    left: ['requirements-dev.txt', 'environment-gpu.yml'],
  },
  {
    name: 'one list, under a name of its own',
    files: { 'environment-course.yml': 'dependencies: [numpy]\n', 'a.ipynb': notebook('import numpy') },
    packages: ['numpy'],
  },
  {
    name: 'several lists under names of their own',
    files: { 'requirements-a.txt': 'numpy\n', 'requirements-b.txt': 'pandas\n', 'a.ipynb': notebook('1') },
    packages: [],
    left: ['requirements-a.txt', 'requirements-b.txt'],
  },
  {
    name: 'environment.yml: whose pip reads other files',
    files: {
      'environment.yml':
        'dependencies:\n  - numpy\n  - pip:\n    - -r more.txt\n    - --requirement gone.txt\n    - a\n',
      'more.txt': 'pandas\n-e .\n',
    },
    packages: ['a', 'numpy', 'pandas'],
    left: ['-e .', 'gone.txt'],
  },
  {
    name: 'lists in other languages are named',
    files: {
      'setup.py': 'from setuptools import setup\nsetup(install_requires=["b"])\n',
      'setup.cfg': '[options]\ninstall_requires =\n  b\n',
      'flake.nix': '{\n  pythonPackages = ps: [ ps.b ];\n}\n',
      'requirements.txt': 'a\n',
    },
    packages: ['a'],
    left: ['setup.py', 'setup.cfg', 'flake.nix'],
  },
  toml('only settings of tools', '[tool.ruff]\nline-length=100\n', []),
  conda(
    'names and versions',
    ['python=3.13', 'numpy=1.26', 'pandas>=2,<3', 'scipy==1.11.4'],
    ['numpy==1.26.*', 'pandas>=2,<3', 'scipy==1.11.4'],
  ),
  conda(
    'versions in brackets, and any build of any patch',
    ['"pandas[version=\'>=2\']"', 'scipy=1.5.*=py312*'],
    ['pandas>=2', 'scipy==1.5.*'],
  ),
  conda('one package of pip, without a list', ['numpy', 'pip: cowsay==6.1'], ['cowsay==6.1', 'numpy']),
  conda('builds and channels', ['conda-forge::numpy=1.26.4=py311h64a7726_0'], ['numpy==1.26.4']),
  conda(
    'names that PyPI does not have',
    ['pytorch', 'matplotlib-base', 'pytables', 'py-opencv'],
    ['matplotlib', 'opencv-python', 'tables', 'torch'],
  ),
  conda(
    'programs and libraries',
    ['ffmpeg', 'cudatoolkit=11.8', 'libgcc-ng', 'r-base', 'pip', 'numpy'],
    ['numpy'],
    ['ffmpeg', 'cudatoolkit', 'libgcc-ng', 'r-base', 'pip'],
  ),
  conda(
    'packages of pip in it',
    ['numpy', 'pip:\n    - cowsay==6.1\n    - git+https://x/y.git'],
    ['cowsay==6.1', 'numpy'],
    ['git+https://x/y.git'],
  ),
  conda('versions that pip has no words for', ['numpy=1.20|1.21'], ['numpy'], ['numpy=1.20|1.21']),
  conda('another Python', ['python=3.9', 'numpy'], ['numpy'], ['Python ==3.9']),
  {
    name: 'environment.yml: secrets in the packages of pip',
    files: {
      'environment.yml':
        'dependencies:\n  - pip:\n    - --extra-index-url https://u:secret@x.org/simple\n    - git+https://u:secret@x.org/a.git\n    - a\n',
    },
    packages: ['a'],
    left: ['--extra-index-url https://…@x.org/simple', 'git+https://…@x.org/a.git'],
  },
  {
    name: 'environment.yml: variables and a prefix',
    files: { 'environment.yml': 'dependencies: [numpy]\nvariables:\n  A: "1"\nprefix: /opt/e\n' },
    packages: ['numpy'],
    left: ['variables', 'prefix'],
  },
  {
    name: "conda's list by another name",
    files: { 'kurs.yml': 'dependencies: [numpy]\n' },
    from: 'kurs.yml',
    packages: ['numpy'],
  },
  {
    name: 'one file by its name',
    files: { 'reqs/dev.txt': 'numpy\n' },
    from: 'reqs/dev.txt',
    packages: ['numpy'],
  },
  cells(
    'names, pins and extras',
    ['%pip install numpy pandas==2.2.3 "httpx[http2]>=0.27"\nimport numpy'],
    ['httpx[http2]>=0.27', 'numpy', 'pandas==2.2.3'],
  ),
  cells(
    'with a shell, quietly',
    ['import sys\n!pip3 -q install -qU --user numpy > /dev/null 2>&1  # arrays'],
    ['numpy'],
  ),
  cells('without quotes, as it was meant', ['!pip install numpy>=1.20 "a<2" b >= 3'], ['a<2', 'b>=3', 'numpy>=1.20']),
  cells('markers', [`%pip install "tomli; python_version < '3.11'"`], ["tomli; python_version < '3.11'"]),
  cells(
    'by the interpreter',
    ['!{sys.executable} -m pip install a\n!"{sys.executable}" -m pip install b\n!python3 -m pip install c'],
    ['a', 'b', 'c'],
  ),
  cells('lines that go on', ['%pip install \\\n    numpy \\\n    pandas'], ['numpy', 'pandas']),
  cells('uv', ['!uv pip install --system a\n!uv add b==1'], ['a', 'b==1']),
  cells(
    'conda',
    ['%conda install -y -c conda-forge numpy=1.26 pytorch ffmpeg python=3.11'],
    ['numpy==1.26.*', 'torch'],
    ['-c conda-forge', 'ffmpeg', 'python=3.11'],
  ),
  cells('without a sign', ['pip install cowsay\nmamba install -y numpy'], ['cowsay', 'numpy']),
  cells(
    'in a cell of bash',
    ['%%bash\nset -e\npip install a && pip install b; echo pip', '%%capture\n!pip install c'],
    ['a', 'b', 'c'],
  ),
  cells(
    'in a cell of another language',
    ['%%writefile setup.sh\npip install a', '%%R\ninstall.packages("b")', '# !pip install c'],
    [],
  ),
  cells(
    'with variables',
    ['!pip install {name} $OTHER a=={version} numpy\n!$PIP install b\n!pip install -r {file}'],
    ['numpy'],
    ['{name}', '$OTHER', 'a=={version}', '$PIP install b', '-r {file}'],
  ),
  cells(
    'from elsewhere',
    [
      '!pip install -e . git+https://u:secret@x.org/r.git ./a.whl --pre',
      '!pip install --index-url=https://u:secret@x.org/ -f https://x.org b',
    ],
    ['b'],
    ['-e .', 'git+https://…@x.org/r.git', './a.whl', '--pre', '--index-url https://…@x.org/', '-f https://x.org'],
  ),
  cells(
    'by Python, other programs, and programs of the computer',
    [
      'subprocess.check_call([sys.executable, "-m", "pip", "install", "a"])\nos.system("pip install b")\nprint("pip install x")',
      '!apt-get -qq install -y ffmpeg\n!poetry add c\n!git add .\n!pip list',
    ],
    [],
    ['"install", "a"]', 'pip install b', 'apt-get -qq install -y ffmpeg', 'poetry add c'],
  ),
  cells(
    'what the project brings, and modules',
    ['%pip install --upgrade pip\n%pip install sklearn'],
    ['scikit-learn'],
    ['pip', 'sklearn'],
  ),
  cells(
    'one package in two versions',
    ['%pip install a==1', '%pip install a==2 b', '%pip install a'],
    ['a==1', 'b'],
    ['a==2'],
  ),
  {
    name: 'a notebook that installs: lists of packages beside it',
    files: {
      'deep/a.ipynb': notebook(
        '%pip install -r ../lists/more.txt -rgone.txt',
        '%pip install --requirement=../lists/more.txt',
      ),
      'lists/more.txt': 'numpy>=1.20\ngit+https://x/y.git\n',
    },
    packages: ['numpy>=1.20'],
    left: ['git+https://x/y.git', '-r gone.txt'],
  },
  {
    name: 'a notebook that installs: beside a list, which counts first',
    files: { 'requirements.txt': 'numpy==1.26.4\n', 'a.ipynb': notebook('%pip install numpy==2.0.0 cowsay') },
    packages: ['cowsay', 'numpy==1.26.4'],
    left: ['numpy==2.0.0'],
  },
]
