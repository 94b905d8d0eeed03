import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noOtherUser, notRun } from '../../../tests/support/abilities.ts'
import { run } from '../../../tests/support/program.ts'
import type { Line } from '../src/doctor/finding.ts'
import { fixed, LINES, makeMachine, NEWEST, tried } from './doctor/machine.ts'

// The tests of these count what they have made, and here is looked whether that is all: one file to vitest.
import './doctor/computer.ts'
import './doctor/project.ts'
import './doctor/systems.ts'

const sources = ['doctor', 'commands']
  .map((room) => path.join(import.meta.dirname, '../src', room))
  .flatMap((room) => readdirSync(room).map((file) => readFileSync(path.join(room, file), 'utf8')))
  .join('\n')

describe('a machine on which all is well', () => {
  it('has no problems, and says so', async () => {
    const scene = makeMachine()
    const ran = await run(['doctor'], scene.directory, scene.env)
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('No problem was found.') })
    expect(ran.stdout).toContain('nix (Nix) 2.')
  })
})

/** Faults whose command no test types, and why. */
const NOT_TYPED: Partial<Record<Line, string>> = {
  'nix-missing': 'it downloads from nixos.org',
  'nix-missing-selinux': 'it downloads from nixos.org',
  'nix-broken': 'it downloads from nixos.org',
  'nix-too-old': 'it downloads from nixos.org',
  'daemon-denied': 'a group counts from the next login on',
  'daemon-off': 'it asks systemd, which the tests do not have',
  'daemon-off-mac': 'it asks launchd of macOS',
  'daemon-off-wsl': 'it counts once Windows has started WSL again',
  'wsl-1': 'it is typed in Windows',
  'system-unsupported': 'it is typed in Windows',
  'disk-store': 'it frees what the store of the computer has',
  'disk-project': 'it shows what there is to remove',
  'git-missing': 'it installs a program, as root',
  'project-unreadable': 'the cure is in the file that the user has changed',
  'driver-old': 'it shows what the card has; a driver comes with the system',
  'driver-broken': 'it needs a card',
}

/** The lines that this program can say, as its own sources name them. */
const OWN = (Object.keys(LINES) as Line[]).filter((name) => sources.includes(`'${name}'`)).sort()

it.skipIf(noOtherUser)(`every fault of the list was made, and its command typed${notRun(noOtherUser)}`, () => {
  const all = OWN.filter((name) => LINES[name].fix !== undefined)
  expect(all.length).toBeGreaterThan(25)
  expect([...tried].sort()).toEqual(all)
  expect([...fixed, ...Object.keys(NOT_TYPED)].sort()).toEqual(all)
  expect(existsSync(NEWEST)).toBe(true)
})
