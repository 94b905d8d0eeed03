import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { nix } from './nix.mjs'

/** Packs the program, and puts it there as npm would: it has no dependencies. Gives the path of its entry. */
export function installProgram(repository, world) {
  const cwd = path.join(repository, 'packages/create-nix-jupyter')
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', world], { cwd }),
  )
  execFileSync('tar', ['-xzf', path.join(world, packed.filename), '-C', world])
  return path.join(world, 'package/bin/create-nix-jupyter.cjs')
}

/**
 * A new project on the given tree, as a locked address. `lock` is made once, because it is the same in all of them.
 * `answers` are the options that the program is given.
 */
export function createProject(program, world, template, answers, tree, lock) {
  const directory = mkdtempSync(path.join(world, `${template}-`))
  const env = { ...process.env, ...IDENTITY }
  execFileSync(process.execPath, [program, 'my-lab', '--template', template, ...answers, '--yes'], {
    cwd: directory,
    env,
  })
  return lockedAddress(path.join(directory, 'my-lab'), tree, lock)
}

/** The flake of this repository, which brings the maintainers' tools, in the same form. */
export function copyRepositoryFlake(repository, world, tree, lock) {
  const directory = mkdtempSync(path.join(world, 'repository-'))
  for (const file of ['flake.nix', 'flake.lock']) copyFileSync(path.join(repository, file), path.join(directory, file))
  execFileSync('git', ['init', '--quiet'], { cwd: directory })
  execFileSync('git', ['add', '--all'], { cwd: directory })
  return lockedAddress(directory, tree, lock)
}

function lockedAddress(project, tree, lock) {
  if (!existsSync(lock)) {
    const { failure } = nix(['flake', 'lock', '--override-input', 'nixpkgs', addressOf(tree)], project)
    if (failure) throw new Error(`Nix cannot use ${tree}: ${failure}`)
    copyFileSync(path.join(project, 'flake.lock'), lock)
  }
  copyFileSync(lock, path.join(project, 'flake.lock'))
  const env = { ...process.env, ...IDENTITY }
  const git = (...args) => execFileSync('git', args, { cwd: project, env, encoding: 'utf8' }).trim()
  git('commit', '--quiet', '--all', '--message', 'Point at the tree')
  return { directory: project, address: `git+file://${project}?rev=${git('rev-parse', 'HEAD')}` }
}

/** A directory for projects, away from every repository. */
export function makeWorld() {
  return mkdtempSync(path.join(tmpdir(), 'check-nixpkgs-'))
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Check',
  GIT_AUTHOR_EMAIL: 'check@example.org',
  GIT_COMMITTER_NAME: 'Check',
  GIT_COMMITTER_EMAIL: 'check@example.org',
}

/** As Nix wants it: a clone by what git knows, so that nothing else is copied; a directory as it is; else a tarball. */
function addressOf(tree) {
  if (!statSync(tree).isDirectory()) return `tarball+file://${tree}`
  return existsSync(path.join(tree, '.git')) ? `git+file://${tree}` : `path:${tree}`
}
