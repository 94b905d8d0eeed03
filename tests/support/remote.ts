import { type Forge, openForge } from './forge.ts'
import { run } from './program.ts'
import type { Result } from './run.ts'
import { makeScene } from './world.ts'

/** A small template, as somebody has it in a repository. */
export const FILES = {
  'flake.nix': '{ description = "{{name}}"; }\n',
  start: '#!/bin/sh\necho {{slug}}\n',
  'README.md': '# {{name}} with Python {{python}}\n\nUse {{other}} and {{ github.ref }}.\n',
  'inner/flake.nix': '{ inner = true; }\n',
}

/** An empty directory, and a forge that the program can reach from it. */
export async function makeForgeScene(): Promise<{ directory: string; env: Record<string, string>; forge: Forge }> {
  const { directory, env } = makeScene()
  const forge = await openForge(directory, env)
  return { directory, env: forge.env, forge }
}

/** Makes the project `lab` of a template that is trusted, without a question. */
export function make(directory: string, env: Record<string, string>, ...args: string[]): Promise<Result> {
  return run(['lab', '-y', '--trust', ...args], directory, env)
}
