// G1: the program, called by the real package managers, with options as their users write them.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cache } from '../../tests/support/cache.mjs'
import { openRegistry } from '../../tests/support/registry.mjs'
import { unlessBuilt } from './support/pack.mjs'

const repository = join(import.meta.dirname, '../..')
/** The package that holds each manager, the program in it, and how it begins. */
const MANAGERS = [
  { name: 'npm', of: 'npm@11.19.1', program: 'npm/bin/npm-cli.js', words: ['create', 'nix-jupyter', 'lab', '--'] },
  { name: 'npx', of: 'npm@11.19.1', program: 'npm/bin/npx-cli.js', words: ['--yes', 'create-nix-jupyter', 'lab'] },
  { name: 'pnpm', of: 'pnpm@10.20.0', program: 'pnpm/bin/pnpm.cjs', words: ['create', 'nix-jupyter', 'lab'] },
  { name: 'pnpm', of: 'pnpm@10.20.0', program: 'pnpm/bin/pnpm.cjs', words: ['create', 'nix-jupyter', 'lab', '--'] },
  {
    name: 'yarn',
    of: '@yarnpkg/cli-dist@4.10.3',
    program: '@yarnpkg/cli-dist/bin/yarn.js',
    words: ['create', 'nix-jupyter', 'lab'],
  },
  {
    name: 'yarn',
    of: '@yarnpkg/cli-dist@4.10.3',
    program: '@yarnpkg/cli-dist/bin/yarn.js',
    words: ['create', 'nix-jupyter', 'lab', '--'],
  },
  {
    name: 'bun',
    of: '@oven/bun-linux-x64-baseline@1.3.0',
    program: '@oven/bun-linux-x64-baseline/bin/bun',
    words: ['create', 'nix-jupyter', 'lab'],
  },
  {
    name: 'bun',
    of: '@oven/bun-linux-x64-baseline@1.3.0',
    program: '@oven/bun-linux-x64-baseline/bin/bun',
    words: ['create', 'nix-jupyter', 'lab', '--'],
  },
]

describe('create nix-jupyter (G1)', () => {
  /** @type {string} */
  let directory
  /** @type {{ address: string, close: () => void }} */
  let registry
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'managers-'))
    const workspace = join(repository, 'packages/create-nix-jupyter')
    const args = ['pack', '--json', ...unlessBuilt, '--pack-destination', directory]
    const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: workspace, encoding: 'utf8' }))
    const manifest = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'))
    registry = await openRegistry([{ manifest, tarball: join(directory, filename) }])
  })
  after(() => {
    registry.close()
    rmSync(directory, { recursive: true, force: true })
  })

  for (const [index, { name, of, program, words }] of MANAGERS.entries()) {
    test(`${name} ${words.join(' ')} --template datasci …`, { timeout: 600_000 }, async (t) => {
      const file = programOf(of, program)
      if (!file) return t.skip(`${of} cannot be had from npm`)
      const here = join(directory, String(index))
      mkdirSync(join(here, 'home'), { recursive: true })
      const { address } = registry
      writeFileSync(join(here, '.npmrc'), `registry=${address}\n`)
      writeFileSync(
        join(here, '.yarnrc.yml'),
        `npmRegistryServer: "${address.slice(0, -1)}"\nunsafeHttpWhitelist: ["127.0.0.1"]\nenableTelemetry: false\n`,
      )
      writeFileSync(join(here, 'package.json'), '{}\n')
      writeFileSync(join(here, 'yarn.lock'), '')
      const isNode = /\.c?js$/.test(program)
      const [command, first] = isNode ? [process.execPath, [file]] : [file, []]
      const options = ['--template', 'datasci', '--python', '3.12', '--no-git']
      const env = {
        ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(npm_|bun_|NODE_TEST)/i.test(key))),
        HOME: join(here, 'home'),
        npm_config_registry: address,
        npm_config_cache: join(here, 'cache'),
        BUN_CONFIG_REGISTRY: address,
        YARN_NPM_REGISTRY_SERVER: address.slice(0, -1),
        XDG_CACHE_HOME: join(here, 'cache'),
      }
      const ran = await run(command ?? '', [...(first ?? []), ...words, ...options], here, env)
      assert.equal(ran.code, 0, ran.output)
      const record = JSON.parse(readFileSync(join(here, 'lab/.nix-jupyter.json'), 'utf8'))
      assert.deepEqual([record.template, record.answers.python, record.answers.git], ['datasci', '3.12', false])
      // The command to repeat is for the manager at hand, the record is the same for all.
      const start = { npm: 'npm create nix', npx: 'npx create-nix' }[name] ?? `${name} create nix`
      assert.ok(ran.output.includes(`  ${start}-jupyter@`), ran.output)
      assert.match(record.command, /^npm create nix-jupyter@/)
    })
  }
})

/** @param {string} of @param {string} program */
function programOf(of, program) {
  const prefix = join(cache, `manager-${of.replaceAll('/', '+')}`)
  const file = join(prefix, 'node_modules', program)
  if (!existsSync(file)) {
    mkdirSync(prefix, { recursive: true })
    const args = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
    spawnSync('npm', [...args, '--loglevel=silent', of], { cwd: prefix })
  }
  return existsSync(file) ? file : undefined
}

/**
 * The registry answers in this process, so this one must not block it.
 * @param {string} command @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command, args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...env, PATH: `${dirname(process.execPath)}:${env.PATH}` } })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.stdin.end()
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
