import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { writeFiles } from './home.ts'
import { OtherComputer } from './other-computer.ts'
import { type Process, processesWith } from './processes.ts'
import { Project, type Status } from './project.ts'
import { must, type Result, until } from './run.ts'
import { openTerminal, type Session } from './terminal.ts'

type StatusElsewhere = Status & { on: string | null; connection: string; environment: string }

/** The shared project, with what people have in theirs, and the computer `gpu` on which its user works. */
export class ProjectElsewhere {
  /** The home directory there before anything of ours was in it. */
  private readonly before: string[]
  private readonly commands = new Set<string>()
  private readonly watching: Promise<void>
  private isOver = false

  private constructor(
    readonly project: Project,
    readonly gpu: OtherComputer,
  ) {
    this.before = gpu.left().home
    this.watching = this.watch()
  }

  static async begin(): Promise<ProjectElsewhere> {
    const project = await Project.shared()
    try {
      await fill(project)
      return new ProjectElsewhere(project, await OtherComputer.begin(join(project.directory, '..'), project.env))
    } catch (error) {
      await project.remove()
      throw error
    }
  }

  /** A command of the project, as who works here types it. */
  type(command: string, ...args: string[]): Promise<Result> {
    return this.typeIn(this.project.directory, command, ...args)
  }

  /** The same where the project is in another directory by now. */
  typeIn(directory: string, command: string, ...args: string[]): Promise<Result> {
    return this.gpu.here(join(directory, command), args, { cwd: directory })
  }

  /** The same in a terminal. */
  open(command: string, ...args: string[]): Session {
    const { directory, env } = this.project
    const typed = [...this.gpu.inside(), join(directory, command), ...args]
    return openTerminal(['nsenter', ...typed], { cwd: directory, env })
  }

  /** A start that is expected to succeed. */
  async start(...args: string[]): Promise<Result> {
    const started = await this.type('start', ...args, '--no-open')
    expect(started.code, started.stderr).toBe(0)
    return started
  }

  async status(): Promise<StatusElsewhere> {
    return JSON.parse((await this.type('lab', 'status', '--json')).stdout)
  }

  async untilConnection(is: string): Promise<void> {
    await until(`a connection that is ${is}`, async () => (await this.status()).connection === is || undefined)
  }

  /** The path of the project below the home directory there. */
  there(): string {
    return join('.nix-jupyter-on', readdirSync(this.gpu.file('.nix-jupyter-on'))[0] ?? '', 'project')
  }

  /** What of this project runs here. */
  runsHere(): Process[] {
    return processesWith(`SUPERVISED=${this.project.state}/`)
  }

  expectHomeAsBefore(): void {
    expect(this.gpu.left().home).toEqual(this.before)
  }

  /** There and here nothing runs, and nothing is written down. */
  expectNothingLeft(): void {
    expect(this.gpu.left()).toEqual({ tmp: [], processes: [], home: this.before })
    expect(this.runsHere()).toEqual([])
    expect(this.records()).toEqual([])
  }

  /** What its user's shell there has begun beside ours, goes on. */
  async expectOthersRun(): Promise<void> {
    const others = await this.gpu.others()
    expect(others.begun).toBeGreaterThan(0)
    expect(others.ended, 'programs that are not ours').toEqual([])
  }

  /** No command line, here or there, has held a secret of what was started so, or of .env. */
  expectNoSecretTyped(started: Result): void {
    const seen = [...this.commands].join('\n')
    expect(seen).toContain('ServerAliveInterval')
    expect(seen).toContain('process-compose up')
    for (const service of ['token', 'key']) {
      const secret = new RegExp(`[?]${service}=([0-9a-f]{32,})`).exec(started.stdout)?.[1]
      expect(secret).toBeTruthy()
      expect(seen).not.toContain(secret)
    }
    expect(seen).not.toContain('only-for-my-computers')
  }

  async remove(): Promise<void> {
    this.isOver = true
    await this.watching
    if (this.records().length) await this.type('stop')
    await this.gpu.remove()
    await this.project.remove()
  }

  /** Where it is written down that a project is on another computer. */
  private records(): string[] {
    const directory = join(this.project.state, 'nix-jupyter')
    return readdirSync(directory)
      .map((name) => join(directory, name, 'on.json'))
      .filter((file) => existsSync(file))
  }

  /** The file of it, while the project is there. */
  record(): string {
    const [file] = this.records()
    if (!file) throw new Error('the project is on no other computer')
    return file
  }

  /** The computer there is made of processes of this one. */
  private async watch(): Promise<void> {
    while (!this.isOver) {
      for (const command of commandLines()) this.commands.add(command)
      await pause(250)
    }
  }
}

async function fill(project: Project): Promise<void> {
  writeFiles(project.directory, {
    '.env': 'PASSWORD=only-for-my-computers\n',
    'notebooks/new.ipynb': '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
    'result-big': 'ignored by git\n',
  })
  // To the git of the project each of both is one name: it knows which commit of it, or nothing.
  for (const name of ['submodule', 'cloned']) {
    const within = { ...project.here(), cwd: join(project.directory, name) }
    writeFiles(project.directory, { [`${name}/lib.py`]: 'one = 1\n', [`${name}/.gitignore`]: 'ignored\n' })
    writeFiles(project.directory, { [`${name}/ignored`]: '' })
    await must('git', ['init', '--quiet'], within)
    await must('git', ['add', '.'], within)
    await must('git', ['commit', '--quiet', '--message', name], within)
  }
  await must('git', ['add', 'submodule'], project.here())
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()]
      } catch {
        return [] // it has ended meanwhile
      }
    })
}
