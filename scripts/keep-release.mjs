// Keeps the packed program of a release in tests/releases, where the tests of `upgrade` make projects with it:
//   node scripts/keep-release.mjs            this checkout, as the version that its package.json has
//   node scripts/keep-release.mjs VERSION    this checkout, under another version
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const PACKAGE = join(ROOT, 'packages/create-nix-jupyter')
const RELEASES = join(ROOT, 'tests/releases')

const { scripts: _, devDependencies: __, ...manifest } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
const version = process.argv[2] ?? manifest.version
const directory = mkdtempSync(join(tmpdir(), 'keep-release-'))
try {
  const build = [join(PACKAGE, 'build/build.mjs'), '--out', directory, '--version', version]
  execFileSync(process.execPath, build, { stdio: 'inherit' })
  for (const part of ['bin', 'README.md', 'LICENSE'])
    cpSync(join(PACKAGE, part), join(directory, part), { recursive: true })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, version }, null, 2))
  mkdirSync(RELEASES, { recursive: true })
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', RELEASES]
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: directory, encoding: 'utf8' }))
  const file = join(RELEASES, filename)
  console.log(`${file}: ${Math.round(statSync(file).size / 1000)} kB`)
} finally {
  rmSync(directory, { recursive: true })
}
