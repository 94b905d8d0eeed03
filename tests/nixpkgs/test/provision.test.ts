import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { cache } from '../../support/cache.mjs'
import { run } from '../../support/run.ts'
import { environment } from './nix.ts'

const provision = resolve(import.meta.dirname, '../../provision/provision')

test('a second run fetches nothing and changes nothing', async () => {
  const before = statSync(environment.nixpkgs).ctimeMs
  const result = await run(provision, [])
  expect(result.stdout).toContain('downloads are up to date')
  expect(statSync(environment.nixpkgs).ctimeMs).toBe(before)
})

test('what other tests read meanwhile is replaced as a whole: the old file is never written into', async () => {
  const files = [join(cache, 'environment.json'), join(String(environment.nixConf), 'nix.conf')]
  const inodes = () => files.map((file) => statSync(file).ino)
  const before = inodes()
  expect((await run(provision, [])).code).toBe(0)
  for (const [at, inode] of inodes().entries()) expect(inode, files[at]).not.toBe(before[at])
})

test('without root it names what is missing and how to get it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'stand-in-tools-'))
  const tools = join(directory, 'bin')
  mkdirSync(tools)
  for (const name of ['python3', 'env', 'dpkg-deb', 'xz', 'direnv', 'git', 'fish', 'zsh', 'openssl'])
    symlinkSync(`/usr/bin/${name}`, join(tools, name))
  symlinkSync('/bin/true', join(tools, 'go'))
  // Somebody else has to be able to read the program, wherever this checkout lies.
  cpSync(resolve(provision, '..'), join(directory, 'provision'), { recursive: true })
  mkdirSync(join(directory, 'cache'))
  for (const name of ['', 'cache', 'provision']) chmodSync(join(directory, name), 0o777)

  const variables = { PATH: tools, CREATE_NIX_JUPYTER_CACHE: join(directory, 'cache') }
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', join(directory, 'provision/provision')]
  const result = await run('/usr/bin/setpriv', nobody, { env: variables })
  rmSync(directory, { recursive: true, force: true })
  expect(result.code).toBe(1)
  const [missing = '', packages = ''] = result.stderr.split('. As root, run: apt-get install ')
  expect(missing).toMatch(/missing: nix, shellcheck, .*\bchromium-headless-shell\b/)
  expect(packages).toMatch(/\bchromium-headless-shell nix-bin\b/)
})
