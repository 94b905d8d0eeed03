// What is written for people: it names files that are there, in the words of CONTRIBUTING.md.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const read = (/** @type {string} */ file) => readFileSync(join(repository, file), 'utf8')
const tracked = execFileSync('git', ['ls-files'], { cwd: repository, encoding: 'utf8' }).trim().split('\n')

/** Guides and READMEs; what `bench/` writes repeats what it has measured. */
const documents = tracked.filter(
  (file) =>
    /^(README|CONTRIBUTING|SECURITY)\.md$|^docs\/.*\.md$|^(packages|features)\/[^/]+\/README\.md/.test(file) &&
    !/^docs\/(failures|measurements|speed)\.md$/.test(file),
)
const ofProjects = ['README.md.ejs', 'AGENTS.md.ejs', 'nix/README.md'].map((file) => `templates/shared/${file}`)

/** What people see: documents, and the sources with the messages of the program and of a project. */
const seen = [
  ...documents,
  ...ofProjects,
  ...tracked.filter((file) => /^packages\/create-nix-jupyter\/src\/.*\.ts$/.test(file)),
  ...tracked.filter((file) => /^templates\/.*\.(py|sh|awk|nix|ejs)$|doctor\.json$/.test(file)),
  ...tracked.filter((file) => /^features\/[^/]+\/(files\/.*\.(py|sh|json|ipynb)|AGENTS\.md|feature\.json)$/.test(file)),
]

describe('what is written for people', () => {
  test('names only files of the repository that are there', () => {
    const lost = ['docs/architecture.md', 'docs/maintainers.md', 'docs/safety.md', 'CONTRIBUTING.md'].flatMap((file) =>
      [...read(file).matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|py|sh|nix|json|md))`/g)]
        .map(([, name = '']) => name)
        .filter((name) => !tracked.some((known) => known === name || known.endsWith(`/${name}`)))
        .map((name) => `${file}: ${name}`),
    )
    assert.deepEqual(lost, [])
  })

  test('has no word that CONTRIBUTING.md has another one for', () => {
    const dialect = /\b(mend(s|ed|ing)?|renew(s|ed|ing)?|lack(s|ing)?|in the way|has no use for)\b/i
    const found = seen.flatMap((file) =>
      read(file)
        .split('\n')
        // Nix' own words: bundle.sh looks for them.
        .filter((line) => dialect.test(line) && !line.includes("*'lacks a '*signature*"))
        .map((line) => `${file}: ${line.trim()}`),
    )
    assert.deepEqual(found, [])
  })

  test('names commands that zsh and fish take as well: an address of Nix in quotes, and no unset', () => {
    // `#` is a pattern to zsh where it has EXTENDED_GLOB, as many configurations of it have; fish has no `unset`.
    const unquoted =
      /nix (build|run|develop|eval) (-\S+ )*\.#(?!.*where the wheels for Linux are)|Next: unset|"(fix": ")?unset [A-Z]/
    const found = [...seen, ...tracked.filter((file) => /^features\/.*\.(py|sh|json)$/.test(file))].flatMap((file) =>
      read(file)
        .split('\n')
        .filter((line) => unquoted.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
    assert.deepEqual(found, [])
  })

  test('calls a computer a computer', () => {
    // Comments and docstrings, which are for those who work here, may say what the field says: a build machine.
    const said = /^(?! *(#|\/\/|\*|"""|\/\*\*)).*\b(this|your) machine\b/
    const forMaintainers = /^docs\/(architecture|maintainers)\.md$/
    const found = seen
      .filter((file) => !forMaintainers.test(file))
      .flatMap((file) =>
        read(file)
          .split('\n')
          .filter((line) => said.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      )
    assert.deepEqual(found, [])
  })

  test('calls a directory a directory', () => {
    // What others have written, and what they call it: VS Code, and the output of peers that `bench/` keeps.
    const foreign = /^bench\/results\/|^features\/(devcontainer|hub)\/tests\/(schema|chart)\//
    const theirs = /Open Folder|\w*[wW]orkspaceFolder|never \*folder\*|scaffold\w*/gi
    const found = tracked
      .filter((file) => !foreign.test(file) && file !== 'scripts/test/words.test.mjs')
      .flatMap((file) =>
        read(file)
          .split('\n')
          .filter((line) => /folder/i.test(line.replace(theirs, '')))
          .map((line) => `${file}: ${line.trim()}`),
      )
    assert.deepEqual(found, [])
  })
})
