import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contents, entry } from '../../../tests/support/program.ts'
import { scene } from '../../../tests/support/two-versions.ts'
import { runProgram } from '../../../tests/support/versions.ts'
import { makeScene } from '../../../tests/support/world.ts'

// Other answers, with the same version.

describe('set', () => {
  it('changes the Python and the packages, and back is byte for byte the same, with edits', () => {
    const { project, run, write, read } = scene()
    run('upgrade')
    write({ 'README.md': `${read('README.md')}\nMine.\n`, 'flake.nix': read('flake.nix').replace('"lab"', '"my own"') })
    const before = contents(project)
    for (const [there, back] of [
      [
        ['--python', '3.14'],
        ['--python', '3.13'],
      ],
      [
        ['--packages', 'numpy,polars>=1'],
        ['--packages', 'none'],
      ],
    ]) {
      expect(run('set', ...(there ?? []))).toMatchObject({ status: 0 })
      expect(contents(project)).not.toEqual(before)
      expect(run('set', ...(back ?? []))).toMatchObject({ status: 0 })
      expect(contents(project)).toEqual(before)
    }
  })

  it('says what an unusual Python costs, and refuses one that there is not', () => {
    const { run } = scene()
    expect(run('set', '--python', '3.12').stderr).toContain('compiles about 500')
    expect(run('set', '--python', '3.1').status).toBe(2)
  })
})

describe('locks', () => {
  it('that may no longer fit what is asked for: the command that locks again is printed', () => {
    const { directory, env } = makeScene()
    runProgram(entry(), ['lab', '--yes', '--template', 'uv'], directory, env)
    const project = path.join(directory, 'lab')
    const file = path.join(project, 'pyproject.toml')
    const set = (...packages: string[]) =>
      runProgram(entry(), ['set', '--packages', packages.join()], project, env).stdout
    writeFileSync(file, readFileSync(file, 'utf8').replace('[project]', '# Mine.\n[project]'))
    expect(set('cowsay')).toMatch(/merged +pyproject\.toml[\s\S]*\n {2}\.\/lab lock\n/)
    expect(readFileSync(file, 'utf8')).toMatch(/# Mine\.[\s\S]*cowsay/)
  })
})
