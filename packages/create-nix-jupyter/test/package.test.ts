import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { entry } from '../../../tests/support/program.ts'
import { makeScene, preload } from '../../../tests/support/world.ts'

const manifest = () => JSON.parse(readFileSync(path.join(inject('packed'), 'package.json'), 'utf8'))

describe('the package', () => {
  it('is one package: nothing is installed with it, and nothing runs on installing', () => {
    const { dependencies, peerDependencies, optionalDependencies, scripts } = manifest()
    expect([dependencies, peerDependencies, optionalDependencies]).toEqual([undefined, undefined, undefined])
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([])
  })

  // The aim is 150 kB to download. What is above it: lab and nix/ in every project (110 kB), uv.lock (30 kB), addresses of fasthtml's wheels (4 kB), htmx and Pico CSS (25 kB), readers of YAML and TOML (20 kB), features (40 kB),
  // what brings a project forward (16 kB).
  it('grows no further: 380 kB to download, 600 kB on the disk', () => {
    const files = readdirSync(inject('packed'), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    )
    const installed = files.reduce((sum, file) => sum + statSync(path.join(file.parentPath, file.name)).size, 0)
    expect(statSync(inject('tarball')).size).toBeLessThanOrEqual(380_000)
    expect(installed).toBeLessThanOrEqual(600_000)
  })

  it('holds what it should and nothing else', () => {
    const files = readdirSync(inject('packed'), { recursive: true, encoding: 'utf8' })
    const outside = files.filter((file) => !/^(bin|dist)(\/|$)/.test(file)).sort()
    expect(outside).toEqual(['LICENSE', 'README.md', 'package.json'])
    expect(
      files.filter(
        (file) =>
          file.startsWith('dist/') &&
          !/\.cjs$|index\.(js|d\.c?ts)$|THIRD-PARTY-LICENSES$|(features|templates)(\/(parts|of)|(\/(parts|of))?\/[a-z-]+\.(txt|br))?$/.test(
            file,
          ),
      ),
    ).toEqual([])
  })

  it('carries the licences of everything that is bundled', () => {
    const licences = readFileSync(path.join(inject('packed'), 'dist/THIRD-PARTY-LICENSES'), 'utf8')
    expect(licences).toContain('@clack/core 1.6.0 (MIT)')
    expect(licences).toContain('sisteransi')
    expect(licences).toContain('degit 3.10.0 (MIT)')
    // Of degit no more is taken than how it reads a source.
    const late = readFileSync(path.join(inject('packed'), 'dist/remote.cjs'), 'utf8')
    expect(late).toContain('degit supports GitHub')
    expect(late).not.toMatch(/TAR_ENTRY|HttpsProxyAgent|isomorphic|https-proxy-agent/)
    expect(licences).not.toContain('ejs 7')
  })

  it('keeps what changes a project in a file of its own, which takes from the program what both need', () => {
    const read = (file: string) => readFileSync(path.join(inject('packed'), 'dist', file), 'utf8')
    const [program, late] = [read('program.cjs'), read('changes.cjs')]
    expect([program.includes('merge-file'), late.includes('merge-file')]).toEqual([false, true])
    const once = 'choose a directory that belongs to you.'
    expect([program.includes(once), late.includes(once)]).toEqual([true, false])
  })
})

describe('an old Node', () => {
  it.each(['18.20.0', '20.11.1', '8.17.0'])(
    '%s gets one sentence and exit 1, before anything is imported',
    (version) => {
      const { directory, env } = makeScene()
      const code = `Object.defineProperty(process.versions, 'node', { value: '${version}' })
      require('node:module').prototype.require = new Proxy(require('node:module').prototype.require, {
        apply: () => { throw new Error('something was imported') } })`
      const ran = spawnSync(process.execPath, [entry(), 'lab', '--yes'], {
        cwd: directory,
        env: preload(env, code),
        encoding: 'utf8',
      })
      expect(ran).toMatchObject({ status: 1, stdout: '' })
      expect(ran.stderr).toBe(`create-nix-jupyter needs Node 20.12 or newer; this is Node ${version}.\n`)
      expect(readdirSync(directory)).toEqual([])
    },
  )

  it('can read the entry: it is written in the syntax of 2009', () => {
    const source = readFileSync(entry(), 'utf8')
    expect(source).not.toMatch(/\b(const|let|class|import|export|async|await)\b|=>|`|\?\.|\?\?/)
  })
})

describe('the programmatic way in', () => {
  it('makes a project, and explains why not', () => {
    const { directory, env } = makeScene()
    const script = `
      import { create, isCreateError } from ${JSON.stringify(path.join(inject('packed'), 'dist/index.js'))}
      const first = await create({ directory: 'lab', template: 'minimal', packages: ['numpy'] })
      const error = await create({ directory: 'lab', template: 'minimal' }).catch((error) => error)
      const second = await create({ directory: 'lab', template: 'minimal', onConflict: 'increment', python: undefined, git: false })
      if (!second.directory.endsWith('lab-2') || second.warnings.length > 0) throw new Error('onConflict was not kept to')
      console.log(JSON.stringify({ first, foreseen: isCreateError(error), exitCode: error.exitCode, next: error.next }))
    `
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: directory,
      env,
      encoding: 'utf8',
    })
    const { first, foreseen, exitCode, next } = JSON.parse(output)
    expect(first).toMatchObject({ directory: path.join(directory, 'lab'), git: { added: true, committed: true } })
    expect(first.files).toContain('flake.nix')
    expect([foreseen, exitCode]).toEqual([true, 3])
    expect(next.join(' ')).toContain('onConflict increment')
  })
})
