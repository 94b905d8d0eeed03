import { describe, expect, test } from 'vitest'
import { environment, evaluate, nix, refusal, systems, tryBuild, value, versions } from './nix.ts'

/** The package set as `import nixpkgs { … }` gives it. */
function imported(settings: string, system = 'x86_64-linux') {
  const flake = `(builtins.getFlake "path:${environment.nixpkgs}")`
  return `import ${flake} { system = "${system}"; ${settings} }`
}

const expression = (text: string, version = environment.nix[0]) =>
  nix(['eval', '--json', '--impure', '--expr', text], version ? { nix: version } : {})

describe.each(versions)('with Nix %s', (_, version) => {
  test('unknown arguments of builders with a closed set', async () => {
    const calls = {
      writeShellApplication: '{ name = "x"; text = ""; runtimeInput = [ ]; }',
      writeTextFile: '{ name = "x"; text = ""; executble = true; }',
      buildEnv: '{ name = "x"; paths = [ ]; pathToLink = [ ]; }',
      'dockerTools.streamLayeredImage': '{ name = "x"; content = [ ]; }',
    }
    for (const [name, call] of Object.entries(calls)) {
      const message = await refusal(`(pkgs.${name} ${call}).drvPath`, { nix: version })
      expect(message).toMatch(/called with unexpected argument '(runtimeInput|executble|pathToLink|content)'/)
    }
  })

  test('builders with an open set take anything', async () => {
    const open = [
      '(pkgs.mkShell { whatever = "x"; }).drvPath',
      '(pkgs.runCommand "x" { whatever = "x"; } "touch $out").drvPath',
      '(pkgs.symlinkJoin { name = "x"; paths = [ ]; whatever = "x"; }).drvPath',
    ]
    for (const each of open) expect(await value(each, { nix: version })).toMatch(/^\/nix\/store\/.*\.drv$/)
  })

  test('inputs of a shell that are no packages', async () => {
    const shell = (text: string) => `(pkgs.mkShell { ${text} }).drvPath`
    for (const wrong of ['1', 'true', '{ }'])
      expect(await refusal(shell(`packages = [ pkgs.jq ${wrong} ];`), { nix: version })).toContain(
        'Dependency is not of a valid type: element 2 of nativeBuildInputs for nix-shell',
      )
    expect(await refusal(shell('inputsFrom = [ "x" ];'), { nix: version })).toContain(
      'expected a set but found a string',
    )
    for (const good of ['null', '"/some/path"'])
      expect(await value(shell(`packages = [ ${good} ];`), { nix: version })).toMatch(/\.drv$/)
    const nested = await evaluate(shell('packages = [ [ pkgs.jq ] ];'), { nix: version })
    expect([nested.code, nested.stderr]).toEqual([0, expect.stringContaining('uses a nested list')])
  })

  test('values that no derivation can have', async () => {
    const env = '(pkgs.mkShell { env = { A = [ "x" ]; }; }).drvPath'
    expect(await refusal(env, { nix: version })).toContain("'env' can only hold strings")
    const twice = '(pkgs.mkShell { A = "x"; env.A = "y"; }).drvPath'
    expect(await refusal(twice, { nix: version })).toContain('overlapping')
    expect(await refusal(`"\${{ a = 1; }}"`, { nix: version })).toContain('cannot coerce a set')
    expect(await refusal('[ ] + { }', { nix: version })).toMatch(/cannot coerce a (list|set)/)
  })
})

describe('unfree packages', () => {
  test.each(systems)('torch-bin is refused on %s, and torchvision-bin through it', async (system) => {
    for (const name of ['torch-bin', 'torchvision-bin'])
      expect(await refusal(`pkgs.python313.pkgs.${name}.drvPath`, { system })).toContain('unfree')
    const shell = 'pkgs.mkShell { packages = [ (pkgs.python313.withPackages (ps: [ ps.torch-bin ])) ]; }'
    expect(await refusal(`(${shell}).drvPath`, { system })).toContain('torch-2.9.0')
  })

  test('reading a version proves nothing, as in nixpkgs', async () => {
    expect(await value('pkgs.python313.pkgs.torch-bin.version')).toBe('2.9.0')
    expect(await value('pkgs.lib.getName pkgs.python313.pkgs.torch-bin')).toBe('torch')
  })

  test('CUDA is unfree, allowed by its own predicate, which torch-bin does not pass', async () => {
    expect(await refusal('pkgs.cudaPackages.cudatoolkit.drvPath')).toContain('unfree')
    const predicate = `config.allowUnfreePredicate = (${imported('')})._cuda.lib.allowUnfreeCudaPredicate;`
    const cudnn = await expression(`(${imported(predicate)}).cudaPackages.cudnn.drvPath`)
    expect(cudnn.stdout).toContain('cudnn-9')
    const torch = await expression(`(${imported(predicate)}).python313.pkgs.torch-bin.drvPath`)
    expect(torch.stderr).toContain('unfree')
  })

  const newer = 'overlays = [ (final: prev: { cudaPackages = final.cudaPackages_13; }) ];'

  test('torch-bin is broken with a CUDA before 13, and torchvision-bin through it', async () => {
    for (const name of ['torch-bin', 'torchvision-bin']) {
      const path = (settings: string) => expression(`(${imported(settings)}).python313.pkgs.${name}.drvPath`)
      expect((await path('config.allowUnfree = true;')).stderr).toContain('cudaPackages is too old (12.9)')
      expect((await path(`config.allowUnfree = true; ${newer}`)).code).toBe(0)
    }
  })

  test('so are two of the packages that torch-bin needs', async () => {
    const allowed = (names: string) =>
      `config.allowUnfreePredicate = package: builtins.elem package.pname [ ${names} ]; ${newer}`
    const torch = (names: string, system: string) =>
      expression(`(${imported(allowed(names), system)}).python313.pkgs.torch-bin.drvPath`)
    expect((await torch('"torch"', 'x86_64-linux')).stderr).toContain("'cuda-bindings-13.2' has an unfree license")
    expect((await torch('"torch" "cuda-bindings"', 'x86_64-linux')).stderr).toContain("'triton-3.5.0' has an unfree")
    expect((await torch('"torch" "cuda-bindings" "triton"', 'x86_64-linux')).code).toBe(0)
    expect((await torch('"torch" "cuda-bindings"', 'aarch64-linux')).code).toBe(0)
    expect((await torch('"torch"', 'aarch64-darwin')).code).toBe(0)
  })

  test('ollama-cuda is free and needs what is not', async () => {
    expect(await refusal('pkgs.ollama-cuda.drvPath')).toContain("'cuda-merged-12.9' has an unfree license")
  })

  test('config.cudaSupport makes torch need CUDA', async () => {
    const torch = (settings: string) => expression(`(${imported(settings)}).python313.pkgs.torch.drvPath`)
    expect((await torch('')).code).toBe(0)
    expect((await torch('config.cudaSupport = true;')).stderr).toContain('unfree')
    expect((await torch('config = { cudaSupport = true; allowUnfree = true; };')).code).toBe(0)
  })
})

describe('platforms', () => {
  const linuxOnly = [
    'tini.drvPath',
    'cudaPackages.cudatoolkit.drvPath',
    'ollama-cuda.drvPath',
    'ollama-rocm.drvPath',
    '(dockerTools.streamLayeredImage { name = "x"; }).drvPath',
    '(dockerTools.buildLayeredImage { name = "x"; }).drvPath',
  ]
  test.each(linuxOnly)('%s is refused on macOS', async (name) => {
    const message = await refusal(`with pkgs; ${name}`, { system: 'aarch64-darwin' })
    expect(message).toMatch(/not available on the requested hostPlatform|unfree/)
  })

  test('the libraries for wheels are a list for Linux', async () => {
    const names = 'map (each: each.outPath) pkgs.pythonManylinuxPackages.manylinux2014'
    expect(await value(names)).toHaveLength(11)
    for (const expression of [names, 'pkgs.pythonManylinuxPackages.manylinux2014'])
      expect(await refusal(expression, { system: 'aarch64-darwin' })).toContain('aarch64-darwin')
    expect(await refusal('pkgs.pythonManylinuxPackages.manylinux_2_28')).toContain('missing')
  })

  test('ollama-rocm is for x86_64 alone', async () => {
    expect(await value('pkgs.ollama-rocm.drvPath')).toMatch(/\.drv$/)
    expect(await refusal('pkgs.ollama-rocm.drvPath', { system: 'aarch64-linux' })).toContain('hostPlatform')
  })

  test('meta.problems and meta.badPlatforms count, when the package is asked for', async () => {
    const made = (meta: string) => `(pkgs.runCommand "x" { meta = { ${meta} }; } "touch $out").drvPath`
    const problem = 'problems.old = { kind = "broken"; message = "Too old."; };'
    expect(await refusal(made(problem))).toContain('is marked as broken: Too old.')
    expect(await refusal(made('badPlatforms = [ "x86_64-linux" ];'))).toContain('hostPlatform')
    expect(await value(made('badPlatforms = [ "aarch64-darwin" ];'))).toMatch(/\.drv$/)
  })

  test('fastai is not for Python 3.14', async () => {
    expect(await value('pkgs.python313.pkgs.fastai.drvPath')).toMatch(/\.drv$/)
    expect(await refusal('pkgs.python314.pkgs.fastai.drvPath')).toContain('not supported for interpreter python3.14')
  })

  test('other systems and other settings are refused', async () => {
    expect((await expression(`(${imported('', 'x86_64-darwin')}).git.drvPath`)).stderr).toContain('26.05')
    expect((await expression(`(${imported('', 'i686-linux')}).git.drvPath`)).stderr).toContain("'i686-linux'")
    expect((await expression(`(${imported('config.allowUnfre = true;')}).git`)).stderr).toContain('allowUnfre')
    const outside = await nix(['eval', '--raw', `path:${environment.nixpkgs}#legacyPackages.x86_64-darwin.git`])
    expect(outside.code).toBe(1)
  })
})

test.each([
  ['pkgs.system', "'system' has been renamed"],
  ['pkgs.nixfmt-rfc-style.drvPath', 'nixfmt-rfc-style is now the same'],
  ['pkgs.lib.getExe pkgs.cacert', 'does not have the meta.mainProgram'],
])('%s warns', async (name, warning) => {
  for (const [, version] of versions) expect((await evaluate(name, { nix: version })).stderr).toContain(warning)
})

test('what is known by name only says so when it is built', async () => {
  for (const name of ['nixfmt', 'python312', '(python312.withPackages (ps: [ ps.jupyterlab ]))', 'tmux']) {
    const result = await tryBuild(`with pkgs; ${name}`)
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain('is not built offline')
  }
})

test('an overlay reaches the packages above it', async () => {
  const overlay = 'overlays = [ (final: prev: { jq = prev.git; hello = final.jq; }) ];'
  const result = await expression(`(${imported(overlay)}).hello.pname`)
  expect(JSON.parse(result.stdout)).toBe('git')
})

test('the names of an overlay cannot depend on what it changes', async () => {
  const overlay = (condition: string) =>
    `overlays = [ (final: prev: prev.lib.optionalAttrs (${condition}) { hello = final.jq; }) ];`
  const hello = (condition: string) => expression(`(${imported(overlay(condition))}).hello.pname`)
  expect((await hello('prev.jq.version != ""')).stderr).toContain('infinite recursion')
  for (const condition of ['prev ? jq', 'prev.stdenv.hostPlatform.isLinux'])
    expect((await hello(condition)).code).toBe(0)
})
