import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLAKES } from '../support/cache.mjs'
import { processesOf } from '../support/processes.ts'
import { Project } from '../support/project.ts'
import { isFirstOfItsKind, shownElsewhere, template } from '../support/template.ts'
import { KEYS, openTerminal } from '../support/terminal.ts'

// B17
describe(`${template.id}: a project whose server.py was taken out`, () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.shared()
    rmSync(join(project.directory, 'server.py'))
    const flake = join(project.directory, 'flake.nix')
    writeFileSync(flake, readFileSync(flake, 'utf8').replace(/^ *services\.server\.command.*\n/m, ''))
  })
  afterAll(() => project?.remove())

  test('its tests pass, and say which of them were skipped and why', async () => {
    // Without those of the notebooks, which know no server.
    const which = ['--start-directory', 'tests', '--pattern', 'test_[!n]*.py']
    const result = await project.develop(['python', '-m', 'unittest', 'discover', '--verbose', ...which])
    expect(result.code, result.stderr).toBe(0)
    expect(result.stderr).toMatch(/skipped ['"]this project has no server\.py/)
    expect(result.stderr).toMatch(/^OK \(skipped=\d+\)$/m)
  })

  test.runIf(isFirstOfItsKind)(
    `\`nix run\` starts it in the foreground, with JupyterLab alone, and Ctrl-C ends it${shownElsewhere}`,
    async () => {
      const command = ['nix', ...FLAKES, 'run', '.', '--', '--no-open']
      const terminal = openTerminal(command, { cwd: project.directory, env: project.env, cols: 200 })
      await terminal.see(/http:\/\/\S+\/lab\/\S*\?token=\w/)
      const { services } = await project.status()
      expect(services.map(({ name }) => name)).toEqual(['jupyter'])
      terminal.type(KEYS.ctrlC)
      expect(await terminal.exited).toBe(0)
      expect(processesOf(project.state)).toEqual([])
    },
  )
})
