import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { must, run } from '../../support/run.ts'
import { build, nix, refusal, tryBuild, value } from './nix.ts'

const world = mkdtempSync(join(tmpdir(), 'stand-in-python-'))
afterAll(() => rmSync(world, { recursive: true, force: true }))

describe.each(['3.13', '3.14'])('Python %s', (minor) => {
  const attr = `python${minor.replace('.', '')}`
  const directory = join(world, minor)
  let bare: string
  let env: string
  beforeAll(async () => {
    mkdirSync(directory)
    bare = await build(`pkgs.${attr}`)
    env = await build(`pkgs.${attr}.withPackages (ps: [ ps.jupyterlab ps.ipykernel ps.numpy ps.pandas ps.pyarrow ])`)
  })

  /** What a line of Python prints, in an environment as clean as a user's. */
  async function python(interpreter: string, code: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: directory, ...variables }
    return (await must(interpreter, ['-c', code], { cwd: directory, env })).trim()
  }

  describe('the bare interpreter', () => {
    test('has the version that it says, and nixpkgs’ directories', async () => {
      const version = await value(`pkgs.${attr}.version`)
      expect(await python(`${bare}/bin/python3`, 'import platform; print(platform.python_version())')).toBe(version)
      const places = 'import site, sysconfig; print(site.getsitepackages(), sysconfig.get_path("purelib"))'
      const packages = `${bare}/lib/python${minor}/site-packages`
      expect(await python(`${bare}/bin/python3`, places)).toBe(`['${packages}'] ${packages}`)
    })

    test('has the whole standard library', async () => {
      const modules = 'bz2 ctypes curses dbm hashlib lzma readline sqlite3 ssl uuid venv zlib zoneinfo'
      await python(
        `${bare}/bin/python3`,
        modules
          .split(' ')
          .map((name) => `import ${name}`)
          .join('\n'),
      )
    })

    test.each(['libstdc++.so.6', 'libz.so.1', 'libssl.so.3', 'libglib-2.0.so.0'])('does not find %s', async (name) => {
      const result = await run(`${bare}/bin/python3`, ['-c', `import ctypes; ctypes.CDLL("${name}")`])
      expect(result.stderr).toContain(`${name}: cannot open shared object file`)
    })

    test('finds the libraries that it is told about', async () => {
      const libraries = await build('pkgs.lib.getLib pkgs.stdenv.cc.cc')
      const zlib = await build('pkgs.zlib')
      const code = 'import ctypes; ctypes.CDLL("libstdc++.so.6"); ctypes.CDLL("libz.so.1")'
      await python(`${bare}/bin/python3`, code, { LD_LIBRARY_PATH: `${libraries}/lib:${zlib}/lib` })
    })

    test('makes virtual environments with and without pip, that see no environment’s packages', async () => {
      await must(`${bare}/bin/python3`, ['-m', 'venv', '--without-pip', join(directory, 'lean')])
      await must(`${bare}/bin/python3`, ['-m', 'venv', join(directory, 'full')])
      expect(await must(join(directory, 'full/bin/pip'), ['--version'])).toContain(directory)
      const result = await run(join(directory, 'full/bin/python'), ['-c', 'import numpy'])
      expect(result.stderr).toContain('No module named')
    })
  })

  describe('an environment', () => {
    test('is its own prefix and its own base', async () => {
      const code = 'import sys; print(sys.prefix, sys.base_prefix, sys.executable)'
      expect(await python(`${env}/bin/python`, code)).toBe(`${env} ${env} ${env}/bin/python`)
      expect(realpathSync(`${env}/bin/python`)).toBe(`${env}/bin/python${minor}`)
      expect(readlinkSync(`${env}/bin/python3`)).toBe(`python${minor}`)
    })

    test('called through a linked directory, the link is the prefix', async () => {
      symlinkSync(env, join(directory, 'result'))
      const code = 'import sys; print(sys.prefix)'
      expect(await python(join(directory, 'result/bin/python3'), code)).toBe(join(directory, 'result'))
    })

    test('called by name alone, or under a name that was given to it, it finds itself', async () => {
      const code = 'import sys; print(sys.prefix)'
      expect(await python(`python${minor}`, code, { PATH: `${env}/bin` })).toBe(env)
      const given = await must('bash', ['-c', `exec -a ${env}/bin/python3 ${env}/bin/python${minor} -c '${code}'`])
      expect(given.trim()).toBe(env)
    })

    test('has the programs of all modules, which know the environment and hide it from their children', async () => {
      const programs = readdirSync(`${env}/bin`)
      expect(programs).toEqual(expect.arrayContaining(['jupyter', 'jupyter-lab', 'jupyter-kernelspec', 'pygmentize']))
      const list = await must(`${env}/bin/jupyter`, ['--paths', '--json'])
      expect(JSON.parse(list).data).toContain(`${env}/share/jupyter`)
      expect(readFileSync(`${env}/bin/jupyter`, 'utf8')).toContain(
        `NIX_PYTHONPATH=${env}/lib/python${minor}/site-packages`,
      )
      const seen = 'import os; print([name for name in os.environ if name.startswith("NIX_PYTHON")])'
      const variables = { NIX_PYTHONPATH: '/x', NIX_PYTHONPREFIX: '/y', NIX_PYTHONEXECUTABLE: '/z' }
      expect(await python(`${env}/bin/python3`, seen, variables)).toBe('[]')
    })

    test('switches the user’s own packages off, in every child', async () => {
      const code = 'import os, site; print(os.environ["PYTHONNOUSERSITE"], site.ENABLE_USER_SITE)'
      expect(await python(`${env}/bin/python3`, code)).toBe('true False')
    })

    test('loads compiled modules without any library of the machine', async () => {
      const code = 'import numpy, pandas, pyarrow, zmq; print(numpy.arange(3).sum())'
      expect(await python(`${env}/bin/python3`, code)).toBe('3')
    })

    test('collides with itself when it holds two versions of one module', async () => {
      const older = `pkgs.runCommand "six-1" { passthru = { pythonModule = pkgs.${attr}; dependencies = [ ]; }; }`
      const text = `"mkdir -p $out/lib/python${minor}/site-packages; echo > $out/lib/python${minor}/site-packages/six.py"`
      const result = await tryBuild(`pkgs.${attr}.withPackages (ps: [ ps.jupyterlab (${older} ${text}) ])`)
      expect(result.stderr).toContain(`collision at lib/python${minor}/site-packages/six.py`)
    })

    test('takes changes to its wrappers, and refuses those that it does not know', async () => {
      const make = (words: string) =>
        `pkgs.${attr}.buildEnv.override { extraLibs = [ pkgs.${attr}.pkgs.pip ]; makeWrapperArgs = [ ${words} ]; }`
      const changed = await build(make('"--set" "FRUIT" "apple" "--prefix PATH : /nowhere"'))
      const code = 'import os; print(os.environ["FRUIT"], os.environ["PATH"].split(":")[0])'
      expect(await python(`${changed}/bin/python3`, code)).toBe('apple /nowhere')
      expect((await tryBuild(make('"--sett A b"'))).stderr).toContain('--sett')
      expect(await refusal(`pkgs.${attr}.buildEnv.override { extraLib = [ ]; }`)).toContain("'extraLib'")
    })

    test('can be changed afterwards', async () => {
      const env = `(pkgs.${attr}.withPackages (ps: [ ps.pip ]))`
      const changed = `${env}.override (old: { extraLibs = old.extraLibs ++ [ pkgs.${attr}.pkgs.httpx ]; })`
      const interpreter = `${await build(changed)}/bin/python3`
      expect(await python(interpreter, 'import httpx, pip; print(1)')).toBe('1')
    })

    test('tells about itself', async () => {
      const told = `let env = pkgs.${attr}.withPackages (ps: [ ps.pip ]); in {
      inherit (env) name executable libPrefix pythonVersion sitePackages;
      interpreter = env.interpreter == "\${env}/bin/python${minor}"; base = env.python == pkgs.${attr};
      exe = pkgs.lib.getExe env == env.interpreter; pkgs = env.pkgs ? pip; older = env.pythonOlder "3.15";
    }`
      const version = await value(`pkgs.${attr}.version`)
      expect(await value(told)).toEqual({
        name: `python3-${version}-env`,
        executable: `python${minor}`,
        libPrefix: `python${minor}`,
        pythonVersion: minor,
        sitePackages: `lib/python${minor}/site-packages`,
        interpreter: true,
        base: true,
        exe: true,
        pkgs: true,
        older: true,
      })
    })
  })

  describe('a virtual environment of an environment', () => {
    const code = 'import sys; print(sys.prefix, sys.base_prefix)'

    test('is based on it, and does not see its packages', async () => {
      const venv = join(directory, 'alone')
      await must(`${env}/bin/python`, ['-m', 'venv', venv])
      expect(await python(`${venv}/bin/python`, code)).toBe(`${venv} ${env}`)
      expect(readFileSync(join(venv, 'pyvenv.cfg'), 'utf8')).toContain(`home = ${env}/bin`)
      expect(realpathSync(`${venv}/bin/python3`)).toBe(`${env}/bin/python${minor}`)
      expect((await run(`${venv}/bin/python`, ['-c', 'import numpy'])).stderr).toContain('No module named')
      expect(await must(`${venv}/bin/pip`, ['--version'])).toContain(venv)
    })

    test('sees them when it is told to, but has none of their programs', async () => {
      const venv = join(directory, 'shared')
      await must(`${env}/bin/python`, ['-m', 'venv', '--without-pip', '--system-site-packages', venv])
      expect(await python(`${venv}/bin/python`, 'import numpy; print(numpy.__file__)')).toContain(env)
      expect(readdirSync(join(venv, 'bin'))).not.toContain('jupyter')
    })

    test('stays one when a wrapper starts it under its name', async () => {
      const venv = join(directory, 'alone')
      const started = await must('bash', ['-c', `exec -a ${venv}/bin/python3 ${env}/bin/python3 -c '${code}'`])
      expect(started.trim()).toBe(`${venv} ${env}`)
    })
  })

  test('nothing of all this has written into the store', async () => {
    const result = await nix(['store', 'verify', '--recursive', '--no-trust', env])
    expect(result.stderr).not.toContain('was modified')
    expect(result.code).toBe(0)
  })
})
